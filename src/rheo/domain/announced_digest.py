"""A digest that a server announces."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnnouncedDigest:
    """A digest that a header names; nobody compared it with the file."""

    algorithm: str
    """In lower case, as the header names it: `sha-256`, `md5`, `crc32c`."""
    digest: str
    """Hexadecimal; as sent where it is no base64."""
    field: str
    """The header, in lower case."""
