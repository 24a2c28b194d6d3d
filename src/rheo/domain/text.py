"""Text from outside, made safe to show: nothing in it may steer a terminal or forge a line of a log."""

from __future__ import annotations

import re
from typing import Final

# Texts, which `re` compiles when there is something to look at: most runs see nothing but ASCII.
_STEERING: Final = (
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they turn the direction of what is written
    "\u2028\u2029"  # line and paragraph separator
    "\ud800-\udfff]"  # halves of a pair, which no encoding takes
)
_HALVES: Final = "[\ud800-\udfff]"


def encodable(text: str) -> bool:
    """Return whether UTF-8 can say it: bytes of a command line that are none come as halves of a pair (PEP 383)."""
    return text.isascii() or re.search(_HALVES, text) is None


def printable(text: str) -> str:
    r"""Return the text with everything that could steer a terminal shown as an escape: `\x1b`, `\u202e`."""
    if text.isprintable():
        return text
    return re.sub(_STEERING, _escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004  (the last code of two digits)
