"""What somebody wrote, and where; and how messages show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from rheo.domain.authority import without_login
from rheo.domain.text import printable

_WIDTH: Final = 80
"""Characters of a value that a message shows."""

_LIKENESS: Final = 0.7
"""From which on a word may be a slip; below it, sharing `RHEO_` would be enough."""


class Given(NamedTuple):
    """A value as somebody wrote it, and where."""

    name: str
    value: object
    place: str
    """In words: `/home/me/.rheo/config.toml`, `.env, line 3`, `environment RHEO_RETRY`."""
    before: str
    """The place and all that stands there before the value: `.env, line 3: RHEO_RETRY=`."""
    folder: Path = Path()
    """What a relative path is relative to."""

    def written(self, *, secret: bool) -> str:
        """Return the value in its place, `environment RHEO_RETRY=abc`; without the value where that is a secret."""
        return f"{self.before}{'…' if secret else shown(self.value)}"


class Layer(NamedTuple):
    """What one place says: the values that it gives, and what of it is ignored and why."""

    given: tuple[Given, ...] = ()
    warnings: tuple[str, ...] = ()
    hosts: Mapping[str, Layer] = MappingProxyType({})
    """What it says of single hosts."""


def shown(value: object) -> str:
    """Return a value as a message shows it: on one line, harmless, not too long, and without a login in it."""
    try:
        text = printable(without_login(str(value).lower() if isinstance(value, bool) else str(value)))
    except ValueError:
        return "(thousands of digits)"  # which Python refuses to write
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def unknown(word: str, words: Iterable[str]) -> str:
    """Return that a word is no setting, and which one may have been meant."""
    from difflib import get_close_matches  # noqa: PLC0415  (only for a message)

    closest = get_close_matches(word, list(words), n=1, cutoff=_LIKENESS)
    hint = f"did you mean {closest[0]}?" if closest else "rheo config show lists them all"
    return f"{shown(word)} is not a setting; {hint}"
