"""Files of certificates are looked at before they are used."""

import pytest

from rheo.config.pem import check_certificates
from rheo.domain.errors import SettingsError

GOOD = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD * 3,
        f"# a comment\n{GOOD}\nmore\n",
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("CERT", "TRUSTED CERT"),
        f"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n{GOOD}",
    ],
)
def test_these_hold_certificates(tmp_path, text):
    (tmp_path / "ca.pem").write_text(text, newline="")
    check_certificates(tmp_path / "ca.pem", setting="ca_file")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "there is no certificate in it"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n", "there is no certificate in it"),
        (f"{GOOD}-----BEGIN CERTIFICATE-----\nMIIB\n", "line 4: the certificate there is broken"),
        (f"-----BEGIN CERTIFICATE-----\nMIIB\n{GOOD}", "line 1: the certificate there is broken"),
        (GOOD.replace("MIIB", "hello"), "line 1: the certificate there is broken"),
        (GOOD.replace("MIIB", "MI!B"), "line 1: the certificate there is broken"),
        (GOOD.replace("MIIB\n", ""), "line 1: the certificate there is broken"),
        ("\n-----END CERTIFICATE-----\n", "line 2: the certificate there is broken"),
    ],
)
def test_these_do_not(tmp_path, text, complaint):
    (tmp_path / "ca.pem").write_text(text)
    with pytest.raises(SettingsError, match=f"ca_file = .*ca.pem.*{complaint}"):
        check_certificates(tmp_path / "ca.pem", setting="ca_file")
