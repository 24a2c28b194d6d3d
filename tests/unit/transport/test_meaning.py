"""What libcurl's and OpenSSL's texts mean, as errors; the texts are those of libcurl 8.23 with OpenSSL 3.6."""

import errno
import logging

import pycurl
import pytest

import rheo
from rheo.domain.url import parse_url
from rheo.transport.curl.errors import translate

URL = parse_url("https://a.example/x?k=s3cret")
VERIFY = "SSL certificate OpenSSL verify result: "
HANDSHAKE = "TLS connect error: error:0A000000:SSL routines::"
READ = "OpenSSL SSL_read: OpenSSL/3.6.5: error:0A000000:SSL routines::"


@pytest.mark.parametrize(
    ("code", "text", "kind", "transient", "words"),
    [
        (60, f"{VERIFY}certificate has expired (10)", rheo.CertificateError, False, "has expired; --insecure"),
        (
            60,
            f"{VERIFY}certificate is not yet valid or the system clock is incorrect (9)",
            rheo.CertificateError,
            False,
            "is not valid yet, or the clock",
        ),
        (
            60,
            f"{VERIFY}self-signed certificate (18)",
            rheo.CertificateError,
            False,
            "signed by itself alone; --ca-file",
        ),
        (
            60,
            f"{VERIFY}self-signed certificate in certificate chain (19)",
            rheo.CertificateError,
            False,
            "authority that is not trusted; --ca-file",
        ),
        (
            60,
            f"{VERIFY}unable to get local issuer certificate (20)",
            rheo.CertificateError,
            False,
            "issuer is not known, or the server leaves out .*; --ca-file",
        ),
        (
            60,
            "SSL: no alternative certificate subject name matches target hostname 'a.example'",
            rheo.CertificateError,
            False,
            "is for another host; rheo info --insecure",
        ),
        (90, "SSL: public key does not match pinned public key", rheo.CertificateError, False, "--pinned-pubkey"),
        (60, f"{VERIFY}EE certificate key too weak (66)", rheo.CertificateError, False, "too weak"),
        (
            60,
            "SSL certificate verification failed",
            rheo.CertificateError,
            False,
            "client certificate has expired; --cert",
        ),
        (56, f"{READ}tlsv13 alert certificate required, errno 0", rheo.TlsError, False, "wants a client .*--cert"),
        (35, f"{HANDSHAKE}tlsv1 alert unknown ca", rheo.TlsError, False, "does not accept the client certificate"),
        (35, f"{HANDSHAKE}ssl/tls alert handshake failure", rheo.TlsError, False, "refused the handshake: .*--cert"),
        (35, f"{HANDSHAKE}tlsv1 alert protocol version", rheo.TlsError, False, "no version of TLS .*--tls-min"),
        (35, f"{HANDSHAKE}wrong version number", rheo.TlsError, False, "speaks no TLS; try http, or another port"),
        (35, f"{HANDSHAKE}tlsv1 unrecognized name", rheo.TlsError, False, "knows no host of this name"),
        (35, f"{HANDSHAKE}tlsv1 alert internal error", rheo.TlsError, True, "failed in the handshake"),
        (35, f"{HANDSHAKE}unexpected eof while reading", rheo.TlsError, True, "closed the connection in the handshake"),
        (
            56,
            f"{READ}unexpected eof while reading, errno 0",
            rheo.ConnectionLostError,
            True,
            "broke the connection off",
        ),
        (56, "Recv failure: Connection reset by peer", rheo.ConnectionLostError, True, "reset the connection"),
        (52, "Empty reply from server", rheo.ConnectionLostError, True, "closed the connection without an answer"),
        (
            55,
            "Connection died, tried 5 times before giving up",
            rheo.ConnectionLostError,
            True,
            "closed the connection without an answer",
        ),
        (1, "Received HTTP/0.9 when not allowed", rheo.ProtocolError, False, "does not speak HTTP"),
        (35, "something new", rheo.TlsError, True, "something new"),
        (60, "", rheo.CertificateError, False, "libcurl error 60"),
    ],
)
def test_a_text_is_a_sentence_with_its_cure(code, text, kind, transient, words):
    error = translate(code, text, URL, None)

    with pytest.raises(kind, match=f"^https://a.example: .*{words}"):
        raise error
    assert (type(error), error.transient) == (kind, transient)
    assert "routines" not in error.message
    assert "OpenSSL" not in error.message


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ECONNREFUSED, "no connection: connection refused"),
        (errno.EINPROGRESS, "no connection"),
        (0, "no connection"),
    ],
)
def test_why_there_is_no_connection_is_the_systems_word(number, words):
    text = "Failed to connect to a.example port 443 after 0 ms: Could not connect to server"

    error = translate(pycurl.E_COULDNT_CONNECT, text, URL, None, errno=number)

    assert (type(error), error.message) == (rheo.ConnectError, f"https://a.example: {words}")


def test_the_text_itself_is_logged_for_who_looks_closer(caplog):
    caplog.set_level(logging.DEBUG)

    translate(35, f"{HANDSHAKE}tlsv1 alert protocol version", URL, None)

    assert caplog.messages == [f"https://a.example: libcurl error 35: {HANDSHAKE}tlsv1 alert protocol version"]
