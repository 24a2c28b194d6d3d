"""Who is told of a list's files before they have their names, so that a restart after a crash knows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from rheo.domain.batch.row import Publishing  # loaded where there is a ledger


class Journal(Protocol):
    """Remembers files; may be told on any thread."""

    def publishing(self, files: Sequence[Publishing]) -> None:
        """Return once it is durable that these are ours; raises StorageError, and then none may get its name."""


class Recorded(NamedTuple):
    """Where a download is written down."""

    journal: Journal
    row: int
