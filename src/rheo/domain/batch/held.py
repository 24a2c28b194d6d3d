"""What an earlier run was told of the version that it fetched; by that a server is asked whether it has another."""

from __future__ import annotations

from typing import NamedTuple


class Held(NamedTuple):
    """The version of a file that is there."""

    etag: str | None
    """As sent; None where there was none."""
    modified: str | None
    """Last-Modified, likewise."""
