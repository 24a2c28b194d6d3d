"""What a server says that a file is: its size, and what tells one version of it from another (RFC 9110, 8.8)."""

from __future__ import annotations

from dataclasses import dataclass


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
