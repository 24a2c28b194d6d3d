"""What a Metalink says, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rheo.domain.checksum import Checksum
from rheo.domain.pieces import Pieces

LAST_PRIORITY: Final = 999_999
"""That of a source that has none (RFC 5854, 4.2.16)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetalinkSource:
    """A URL that has the file."""

    url: str
    """An http or https one, without user info."""
    priority: int = LAST_PRIORITY
    """1 is the best."""
    location: str | None = None
    """The country that it is in, as written; None where nobody says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetalinkFile:
    """One file of a Metalink."""

    name: str
    """As written: relative, perhaps with folders, and never out of the folder; not yet safe otherwise."""
    size: int | None = None
    """Bytes; None where it is not said."""
    hashes: tuple[Checksum, ...] = ()
    """Those of known types, the strongest first."""
    pieces: Pieces | None = None
    """Those of the strongest known type; None without any."""
    sources: tuple[MetalinkSource, ...] = ()
    """Those that can be fetched, the best first; perhaps none."""
    notes: tuple[str, ...] = ()
    """What was left out, and why: a sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metalink:
    """What a Metalink says."""

    place: str
    """What messages call the document: its path, its URL, or a word."""
    files: tuple[MetalinkFile, ...]
    """At least one, in the order of the document."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out of all files."""
        return tuple(note for file in self.files for note in file.notes)
