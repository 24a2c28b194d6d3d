"""What the ledger of a batch looks like inside: its tables, and how one of ours is known among other files."""

from __future__ import annotations

from typing import Final

APPLICATION: Final = 0x7268656F
"""`rheo`: what `PRAGMA application_id` says, and `file` could."""
VERSION: Final = 1
"""What `PRAGMA user_version` says; a ledger of a higher one is left alone."""

MOST_ROWS: Final = 10**9
"""No list is so long, and a bit for each row is in memory."""

MAGIC: Final = b"SQLite format 3\0"
"""How every database begins (https://sqlite.org/fileformat.html, 1.3)."""
HEAD: Final = 100
"""Bytes of a database's head."""
VERSION_AT: Final = 60
APPLICATION_AT: Final = 68
"""Where both numbers are in the head, four bytes each, the highest first."""

EARLIER: Final = "CREATE TABLE IF NOT EXISTS earlier (line INTEGER PRIMARY KEY, path NOT NULL)"
"""Where the file is that an earlier run has of a line which is `publishing` anew, should that come to nothing."""

SCHEMA: Final = (
    "CREATE TABLE batch (list NOT NULL)",
    """CREATE TABLE line (
    id INTEGER PRIMARY KEY,
    url_key INTEGER,
    line_key INTEGER,
    number INTEGER,
    url TEXT,
    host TEXT,
    place,
    state TEXT,
    path,
    size INTEGER,
    hash TEXT,
    device,
    inode,
    attempts INTEGER DEFAULT 0,
    error TEXT,
    message,
    seconds REAL,
    etag,
    modified,
    original INTEGER,
    own INTEGER
)""",
    "CREATE UNIQUE INDEX line_key ON line (url_key, line_key)",
    "CREATE INDEX line_publishing ON line (id) WHERE state = 'publishing'",
    "CREATE INDEX line_duplicate ON line (id) WHERE state = 'duplicate'",
    "CREATE TABLE parked (line INTEGER PRIMARY KEY, host TEXT NOT NULL, text NOT NULL)",
    "CREATE INDEX parked_host ON parked (host)",
    EARLIER,
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {VERSION}",
)
"""What makes an empty database a ledger. Columns without a type hold text, or bytes where it is no UTF-8; device and
inode integers, or text where SQLite's are too short. Nothing is NOT NULL, as an upsert, which names some columns of a
row that is there, would fail by that. `own` is 1 where others with the URL may get another file."""

COLUMNS: Final = (
    "id, number, url, host, place, state, path, size, hash, attempts, error, message, seconds, etag, modified, original"
)
"""Those of a line that a report tells, in the order of `Row`."""
