"""Hosts that are addresses, and networks."""

from __future__ import annotations

import pytest

from rheo.domain.addresses import address_of, parse_network


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("0177.0.0.01", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("10.0x10203", "10.1.2.3"),
        ("1.2.772", "1.2.3.4"),
        ("0", "0.0.0.0"),
        ("::1", "::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("example.com", None),
        ("1.2.3.256", None),
        ("1.2.3.4.5", None),
        ("1.2.65536", None),
        ("256.1", None),
        ("4294967296", None),
        ("08.1", None),
        ("0x.1", None),
        ("1..2", None),
        ("\u0661.1", None),
        ("9" * 5000, None),
        ("::g", None),
        ("", None),
    ],
)
def test_a_host_is_this_address(host: str, address: str | None) -> None:
    found = address_of(host)
    assert (None if found is None else str(found)) == address


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("127.0.0.1", "127.0.0.1/32"),
        ("10.1.2.3/8", "10.0.0.0/8"),
        ("10.1.2.3/08", "10.0.0.0/8"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8:0::1", "2001:db8::1/128"),
        ("2001:db8:ffff::/33", "2001:db8:8000::/33"),
        ("10/8", None),
        ("10.0.0.0/33", None),
        ("10.0.0.0/255.0.0.0", None),
        ("10.0.0.0/", None),
        ("::/129", None),
        ("fe80::1%eth0", None),
        ("010.0.0.1", None),
        ("dead.beef", None),
        ("::1\n", None),
        ("", None),
    ],
)
def test_a_text_is_this_network(text: str, network: str | None) -> None:
    found = parse_network(text)
    assert (None if found is None else str(found)) == network
