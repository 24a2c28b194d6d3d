"""What a file has its name from."""

from __future__ import annotations

from enum import Enum


class NameSource(Enum):
    """Who or what chose a file's name."""

    HEADER = "header"
    """The server's Content-Disposition."""
    URL = "url"
    """The URL that the user gave."""
    REDIRECT = "redirect"
    """The URL that the last redirect led to."""
    TYPE = "type"
    """Nobody named it: its type tells what it could be called."""
