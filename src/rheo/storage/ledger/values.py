"""How values of ours stand in an SQLite database, which takes neither every text nor every integer."""

from __future__ import annotations

from typing import Final

Stored = str | bytes | None

_MOST: Final = 2**63 - 1
"""The largest integer of SQLite; some systems number devices and files beyond."""


def stored(text: str | None) -> Stored:
    """Return a text as it is kept: bytes where it has halves of a pair, as names that are no UTF-8 do (PEP 383)."""
    if text is None or text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def restored(kept: Stored) -> str | None:
    """Return the text that was kept."""
    return kept.decode("utf-8", "surrogatepass") if isinstance(kept, bytes) else kept


def stored_number(number: int) -> int | str:
    """Return the number of a device or file as it is kept."""
    return number if number <= _MOST else str(number)
