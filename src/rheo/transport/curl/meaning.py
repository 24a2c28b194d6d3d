"""What texts of libcurl and OpenSSL mean: a sentence that names the thing and the cure. Pure.

Their numbers do not tell: one stands for every certificate, another for every handshake.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from rheo.domain.errors import CertificateError, RheoError, TlsError

_INSPECT: Final = "rheo info --insecure shows for which"
_TRUST: Final = "--ca-file names whom to trust"


class Meaning(NamedTuple):
    """What a text says, in our words."""

    sentence: str
    error: Callable[[str], RheoError] | None
    """Makes the error that it is; None where libcurl's number tells."""


def meaning_of(text: str) -> Meaning | None:
    """Return what a text means; None for one that is not known."""
    return next((meaning for pattern, meaning in _MEANINGS if pattern.search(text)), None)


def _certificate(pattern: str, sentence: str) -> tuple[re.Pattern[str], Meaning]:
    return re.compile(pattern), Meaning(sentence, CertificateError)


def _refusal(pattern: str, sentence: str) -> tuple[re.Pattern[str], Meaning]:
    """Return what no further try changes."""
    return re.compile(pattern), Meaning(sentence, partial(TlsError, transient=False))


def _mishap(pattern: str, sentence: str) -> tuple[re.Pattern[str], Meaning]:
    return re.compile(pattern), Meaning(sentence, None)


_MEANINGS: Final = (  # of several that match the first counts
    _certificate(r"certificate has expired", "the certificate has expired; --insecure accepts it all the same"),
    _certificate(r"not yet valid", "the certificate is not valid yet, or the clock of this machine is wrong"),
    _certificate(r"self-signed certificate \(", "the certificate is signed by itself alone; --ca-file trusts it"),
    _certificate(
        r"self-signed certificate in", f"the certificate comes from an authority that is not trusted; {_TRUST}"
    ),
    _certificate(
        r"unable to get (?:local )?issuer certificate|unable to verify the first certificate",
        f"the certificate's issuer is not known, or the server leaves out a certificate between; {_TRUST}",
    ),
    _certificate(r"subject name matches|does not match target", f"the certificate is for another host; {_INSPECT}"),
    _certificate(r"unable to obtain common name", f"the certificate is for another host, or for none; {_INSPECT}"),
    _certificate(r"pinned public key", "the server's key is none of those that --pinned-pubkey allows"),
    _certificate(r"too weak|too small", "the certificate's key or signature is too weak to be trusted"),
    _certificate(
        r"\ASSL certificate verification failed",  # libcurl's words for OpenSSL's `alert certificate expired`
        "the server says that the client certificate has expired; --cert names another one",
    ),
    _refusal(r"alert certificate required", "the server wants a client certificate; give one with --cert"),
    _refusal(
        r"alert (?:unknown ca|bad certificate|certificate unknown|unsupported certificate|access denied)",
        "the server does not accept the client certificate, or misses one; --cert names one",
    ),
    _refusal(
        r"alert handshake failure",
        "the server refused the handshake: perhaps it wants a client certificate (--cert), or only unsafe ciphers",
    ),
    _refusal(
        r"alert protocol version|unsupported protocol|no protocols available",
        "the server speaks no version of TLS as new as --tls-min wants",
    ),
    _refusal(r"unrecognized name", "the server knows no host of this name"),
    _refusal(
        r"wrong version number|packet length too long|record layer failure|http request",
        "what answers there speaks no TLS; try http, or another port",
    ),
    _mishap(r"alert internal error", "the server failed in the handshake of TLS"),
    _mishap(r"\ATLS connect error: .*unexpected eof", "the server closed the connection in the handshake of TLS"),
    _mishap(r"unexpected eof|SSL_ERROR_SYSCALL", "the server broke the connection off"),
    _mishap(r"\A(?:Recv|Send) failure: Connection was reset|reset by peer", "the server reset the connection"),
    _mishap(r"HTTP/0\.9", "what answers there does not speak HTTP"),
    _mishap(r"Broken pipe", "the server closed the connection while the request was sent"),
    _mishap(r"\A(?:Empty reply|Connection died)", "the server closed the connection without an answer"),
)
