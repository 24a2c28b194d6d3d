"""Settings that a command has no use for, and does not take."""

from __future__ import annotations

from typing import Final

NOT_OF_INFO: Final = frozenset(
    [
        "directory",
        "max_concurrent",
        "resume",
        "join",
        "reserve",
        "on_exists",
        "verify",
        "follow_metalink",
        "sync",
        "mtime",
        "segment_size",
        "limit_rate",
        "limit_rate_per_download",
        "max_memory",
        "compressed",
        "retry",
        "retry_max_time",
        "retry_on",
        "refresh_command",
        "refresh_timeout",
        "stall_timeout",
        "lowest_speed_limit",
        "idle_timeout",
        "connection_age",
    ]
)
"""Settings of what is not done: queueing, reading, writing, trying again."""

NOT_OF_VERIFY: Final = frozenset(
    [
        "directory",
        "max_concurrent",
        "resume",
        "on_exists",
        "name_from",
        "restrict_filenames",
        "verify",
        "mtime",
        "compressed",
    ]
)
"""Settings of what `verify` does not do, or does in one way only."""
