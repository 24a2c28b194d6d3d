"""URLs that stand for many: `[001-100]`, `[a-z]`, `[0-100:10]` and `{a,b}`, as curl has them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import prod
from typing import Final, NamedTuple

from rheo.domain.errors import InvalidListError
from rheo.domain.lists.line import shown

MOST: Final = 10_000_000
"""URLs that one pattern may stand for: whoever writes more has mistyped."""

_PART: Final = re.compile(r"\[([^\[\]{}]*)\]|\{([^\[\]{}]*)\}|[\[\]{}]")
_NUMBERS: Final = re.compile(r"(\d{1,18})-(\d{1,18})(?::(\d{1,18}))?")
_LETTERS: Final = re.compile(r"([a-z])-([a-z])(?::(\d{1,2}))?|([A-Z])-([A-Z])(?::(\d{1,2}))?")


class _Choice(NamedTuple):
    """What may stand at one place."""

    values: range | tuple[str, ...]
    width: int = 0
    """Digits that numbers have at the least."""
    letters: bool = False
    """Whether the numbers are the codes of letters."""

    def text(self, place: int) -> str:
        """Return one of them; made when it is wanted, as there may be millions."""
        value = self.values[place]
        if isinstance(value, str):
            return value
        return chr(value) if self.letters else f"{value:0{self.width}}"


def expand(pattern: str) -> Iterator[str]:
    """Yield the URLs that a pattern stands for, the last part counting fastest; raises InvalidListError.

    An address such as `[::1]` right behind the scheme is none of its parts.
    """
    start = _end_of_address(pattern)
    parts: list[_Choice] = []
    position = 0
    for found in _PART.finditer(pattern, start):
        parts += [_Choice((pattern[position : found.start()],)), _choice(found, pattern)]
        position = found.end()
    parts.append(_Choice((pattern[position:],)))
    count = prod(len(part.values) for part in parts)
    if count > MOST:
        raise InvalidListError(f"{_bare(pattern)} stands for more than {MOST:,} URLs")
    return (_text(parts, number) for number in range(count))


def _text(parts: Sequence[_Choice], number: int) -> str:
    """Return the URL of this number, as a clock shows a time: the last part is its seconds."""
    texts = []
    for part in reversed(parts):
        number, place = divmod(number, len(part.values))
        texts.append(part.text(place))
    return "".join(reversed(texts))


def _end_of_address(pattern: str) -> int:
    """Return from where on there may be parts: behind an IPv6 address, else at the beginning."""
    found = re.match(r"[a-z]+://(?:[^/@\[\]{}]*@)?\[[0-9a-f:.]*:[0-9a-f:.]*\]", pattern, re.IGNORECASE)
    return found.end() if found else 0


def _choice(found: re.Match[str], pattern: str) -> _Choice:
    if found[2] is not None:
        return _Choice(tuple(found[2].split(",")))
    if found[1] is None:
        raise InvalidListError(f"{_bare(pattern)}: {found[0]} has no partner; write %{ord(found[0]):02X} for it")
    numbers, letters = _NUMBERS.fullmatch(found[1]), _LETTERS.fullmatch(found[1])
    if numbers is not None:
        first, last, step = numbers.groups()
        width = len(first) if first.startswith("0") else 0
        return _range(int(first), int(last), step, pattern, width=width)
    if letters is not None:
        first, last, step = letters.groups()[:3] if letters[1] else letters.groups()[3:]
        return _range(ord(first), ord(last), step, pattern, letters=True)
    part = shown(found[0]) if found[0] in _bare(pattern) else "a part of it"
    raise InvalidListError(f"{_bare(pattern)}: {part} is no range; write [001-100], [a-z] or [0-100:10]")


def _range(first: int, last: int, step: str | None, pattern: str, *, width: int = 0, letters: bool = False) -> _Choice:
    by = 1 if step is None else int(step)
    if first > last or by == 0:
        raise InvalidListError(f"{_bare(pattern)}: a range goes up, by 1 or more, as in [001-100:10]")
    return _Choice(range(first, last + 1, by), width, letters)


def _bare(pattern: str) -> str:
    """Return what a message repeats of a pattern: not its query, which may hold a secret."""
    path, mark, _ = pattern.partition("?")
    return f"{shown(path)}{mark and '?…'}"
