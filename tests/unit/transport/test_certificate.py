"""What libcurl tells of certificates and handshakes."""

from datetime import UTC, datetime

import pytest

from rheo.domain.tls_session import Certificate
from rheo.transport.certificate import certificate_of, connected_with

LEAF = (
    (b"Subject", b"CN = a.example"),
    (b"Issuer", b"O = Trust, CN = R1"),
    (b"X509v3 Subject Alternative Name", b"DNS:a.example, DNS:*.a.example, IP Address:127.0.0.1, DNS:a.example"),
    (b"Start date", b"Nov  2 03:04:05 2026 GMT"),
    (b"Expire date", b"Jan 31 23:59:59 2027 GMT"),
)
ISSUER = ((b"Subject", b"O = Trust, CN = R1"), (b"Issuer", b"O = Root"))


def test_the_first_of_a_chain_is_the_servers_own():
    assert certificate_of([LEAF, ISSUER]) == Certificate(
        subject="CN = a.example",
        issuer="O = Trust, CN = R1",
        names=("a.example", "*.a.example", "127.0.0.1"),
        valid_from=datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC),
        valid_until=datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC),
    )


def test_no_chain_is_no_certificate():
    assert certificate_of([]) is None


@pytest.mark.parametrize("time", [b"", b"tomorrow", b"Nov 31 00:00:00 2026 GMT", b"Nov  2 03:04:05 2026 CET", b"\xff"])
def test_a_time_that_is_none_is_left_out(time):
    certificate = certificate_of([((b"Start date", time),)])

    assert certificate == Certificate(subject="", issuer="")


@pytest.mark.parametrize(
    ("line", "connected"),
    [
        (
            "SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384 / x25519 / id-ecPublicKey\n",
            ("TLSv1.3", "TLS_AES_256_GCM_SHA384"),
        ),
        ("SSL connection using TLSv1.2 / ECDHE-RSA-AES128-GCM-SHA256\n", ("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256")),
        ("ALPN: server accepted h2\n", None),
        ("> X-Key: SSL connection using TLSv1.3 / X\n", None),
        ("", None),
    ],
)
def test_one_line_tells_version_and_cipher(line, connected):
    assert connected_with(line) == connected
