"""What Metalinks are served as."""

from __future__ import annotations

from typing import Final

METALINK_TYPES: Final = frozenset({"application/metalink4+xml", "application/metalink+xml"})
"""Of version 4 (RFC 5854, 7.1), and what version 3 was served as."""
