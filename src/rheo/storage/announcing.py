"""Tells journals of files before they have their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rheo.domain.batch.journal import Journal  # loaded where there is a ledger
    from rheo.domain.batch.row import Publishing


class Announcement(NamedTuple):
    """What is to be remembered of a file, and by whom."""

    journal: Journal
    file: Publishing


def announce(announcements: Sequence[Announcement]) -> None:
    """Return once all of it is remembered, each journal told once; raises StorageError."""
    by_journal: dict[int, list[Announcement]] = {}
    for one in announcements:
        by_journal.setdefault(id(one.journal), []).append(one)
    for together in by_journal.values():
        together[0].journal.publishing([one.file for one in together])
