"""Text from outside cannot steer a terminal or forge a line of a log."""

from __future__ import annotations

import pytest

from rheo.domain.text import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\r\nb\tc\0", "a\\x0d\\x0ab\\x09c\\x00"),
        ("\x7f\x85\x9b", "\\x7f\\x85\\x9b"),
        ("photo\u202egpj.exe", "photo\\u202egpj.exe"),
        ("\u200e\u200f\u061c", "\\u200e\\u200f\\u061c"),
        ("\u2066\u2069", "\\u2066\\u2069"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\ud800\udcff", "\\ud800\\udcff"),
    ],
)
def test_what_steers_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    "text", ["", "a b", "gr\u00f6\u00dfe", "\u0646\u0645\u200c\u06cc", "\U0001f468\u200d\U0001f469", "back\\slash"]
)
def test_what_does_not_steer_stays(text: str) -> None:
    assert printable(text) == text


def test_every_character_can_be_encoded_afterwards() -> None:
    shown = printable("".join(map(chr, range(0x11_0000))))
    assert shown.encode()
    assert not set(shown) & set("\x1b\x9b\x7f\n\r\u202e\u2066")
