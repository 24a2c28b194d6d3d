"""Text for people: one line at a time to standard error, so that standard output is free for data."""

from __future__ import annotations

import os
import sys

from rheo.domain.text import printable


def say(line: str) -> None:
    """Write one line; whatever in it could steer a terminal is shown as an escape."""
    sys.stderr.write(f"{printable(line)}\n")


def animated() -> bool:
    """Whether standard error is a terminal that can be drawn on."""
    return sys.stderr.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}
