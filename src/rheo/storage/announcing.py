"""Tells journals of files before they have their names."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rheo.domain.batch.journal import Journal  # loaded where there is a ledger
    from rheo.domain.batch.row import Publishing


class Announcement(NamedTuple):
    """What is to be remembered of a file, and by whom."""

    journal: Journal
    file: Publishing
    choose_name: Callable[[Container[str]], str]
    """Returns the name that it is to have, which is none of these: it may not be free any more."""


def announce(announcements: Sequence[Announcement]) -> None:
    """Return once all of it is remembered by the names to come, each journal told once; raises what a journal does."""
    by_journal: dict[int, tuple[Journal, list[Publishing]]] = {}
    names: set[str] = set()
    for one in announcements:
        names.add(name := one.choose_name(names))
        by_journal.setdefault(id(one.journal), (one.journal, []))[1].append(one.file._replace(path=name))
    for journal, files in by_journal.values():
        journal.publishing(files)
