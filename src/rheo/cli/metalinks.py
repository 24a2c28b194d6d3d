"""Which words on the command line are Metalinks, and what is wanted of those on the disk; what was left out is told."""

from __future__ import annotations

from os.path import exists
from typing import TYPE_CHECKING, Final

from rheo.cli.terminal import say
from rheo.domain.errors import UsageError
from rheo.domain.settings import Settings, Verbosity
from rheo.wishes import is_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rheo.wishes.metalink import Asked

_SUFFIXES: Final = (".meta4", ".metalink")


def is_called_one(word: str) -> bool:
    """Whether a path or URL is called as Metalinks are; a name alone tells, so that no engine is loaded for that."""
    path = word.partition("#")[0].partition("?")[0] if is_address(word) else word
    return path.lower().endswith(_SUFFIXES)


def is_metalink(word: str) -> bool:
    """Whether the word names a Metalink on the disk, and no URL. Raises UsageError for one that is not there."""
    if "://" in word or not is_called_one(word):
        return False
    if not exists(word):  # noqa: PTH110  (`Path.exists` raises for a name that is too long)
        raise UsageError(f"there is no file {word}; for a Metalink on a server write https://{word.lstrip('/')}")
    return True


def wanted(metalink: str, select: Sequence[str], settings: Settings) -> list[Asked]:
    """Return the wanted files of a Metalink; raises UsageError where it cannot be trusted, or has none of them."""
    from rheo.wishes.metalink import asked_for, read_metalink  # noqa: PLC0415  (loaded where somebody has one)

    asked = asked_for(read_metalink(metalink), select=select, restrict=settings.restrict_filenames)
    tell_notes(metalink, (note for one in asked for note in one.notes), settings)
    return asked


def tell_notes(metalink: str, notes: Iterable[str], settings: Settings) -> None:
    """Tell what was left out of a Metalink."""
    if settings.verbosity is not Verbosity.QUIET:
        for note in notes:
            say(f"{metalink}: {note}")
