"""The pieces that values of header fields are made of: lists, parameters, delays (RFC 9110, 5.6; RFC 9111, 1.2.2).

All of it is text from strangers: every function here is linear.
"""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
_WITHIN: Final = r'(?:[^"\\]++|\\.)*+'
"""What may stand between two quotes."""
_PARAMETER: Final = re.compile(rf'({_WORD})(?:[ \t]*+=[ \t]*+(?:({_WORD})|"({_WITHIN})"))?+', re.DOTALL)
_QUOTED_PAIR: Final = re.compile(r"\\(.)", re.DOTALL)
_PIECES: Final = {
    separator: re.compile(rf'(?:[^"{separator}]++|"{_WITHIN}"?+)*+', re.DOTALL)  # an open quote takes the rest
    for separator in ",;"
}
_DIGITS: Final = re.compile(r"[0-9]+")
_MOST_DIGITS: Final = 15
"""Digits of a delay that are counted."""


def split(value: str, separator: str) -> list[str]:
    """Return what stands between the separators, a comma or a semicolon, that no quotes hold; blanks removed."""
    pieces: list[str] = []
    start = 0
    while start <= len(value):
        found = _PIECES[separator].match(value, start)
        assert found is not None  # it may be empty
        pieces.append(found[0].strip(" \t"))
        start = found.end() + 1
    return pieces


def parameter(piece: str) -> tuple[str, str | None] | None:
    """Return a name as written and its value without quotes, None where it has none; None for anything else."""
    found = _PARAMETER.fullmatch(piece)
    if found is None:
        return None
    name, token, quoted = found.groups()
    return name, token if quoted is None else _QUOTED_PAIR.sub(r"\1", quoted)


def delay(text: str, *, most: int) -> int | None:
    """Return whole seconds, a greater number as the most; None for anything else."""
    if _DIGITS.fullmatch(text) is None:
        return None
    digits = text.lstrip("0")
    return most if len(digits) > _MOST_DIGITS else min(int(digits or "0"), most)
