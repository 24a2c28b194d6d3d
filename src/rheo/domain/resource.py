"""What a server says that a file is: its size, and what tells one version of it from another (RFC 9110, 8.8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A file as the head of an answer describes it; redirects on the way do not count."""

    size: int | None = None
    """Bytes of the whole file; None where the server does not say."""
    etag: str | None = None
    """As sent, quotes and a weak tag's `W/` included; None without one."""
    last_modified: str | None = None
    """As sent; None without one."""
    date_is_strong: bool = False
    """Whether `last_modified` is so old that no second version can bear the same date (RFC 9110, 8.8.2.2)."""
    content_type: str | None = None
    ranged: bool = False
    """Whether the server was seen to answer a Range with that range."""

    @property
    def validator(self) -> str | None:
        """What pins this version in an If-Range (RFC 9110, 13.1.5): a strong one; None where there is none."""
        if self.etag is not None and not self.etag.startswith("W/"):
            return self.etag
        return self.last_modified if self.date_is_strong else None

    def unvouched(self) -> Resource:
        """Return the same without what tells versions apart: nothing but the bytes counts then."""
        return replace(self, etag=None, last_modified=None, date_is_strong=False)


class Likeness(Enum):
    """Whether two answers are of one version of a file."""

    SAME = "same"
    DOUBTFUL = "doubtful"
    """Edges of one network may name the same file differently: only the bytes can tell."""
    OTHER = "other"


def compare(known: Resource, answered: Resource) -> Likeness:
    """Return how far a later answer is like what earlier ones said, by what both name.

    A strong tag must come with every answer (RFC 9110, 15.3.7), a date need not.
    """
    if _differ(known.size, answered.size):
        return Likeness.OTHER
    moved = _differ(known.last_modified, answered.last_modified)
    if known.etag is None or answered.etag is None:
        if moved:
            return Likeness.OTHER
        gone = known.etag is not None and not known.etag.startswith("W/")
        return Likeness.DOUBTFUL if gone else Likeness.SAME
    if known.etag.removeprefix("W/") == answered.etag.removeprefix("W/"):
        return Likeness.SAME
    return Likeness.OTHER if moved else Likeness.DOUBTFUL


def _differ(known: object, answered: object) -> bool:
    return known is not None and answered is not None and known != answered
