"""Whose a file is and who may do what with it: what a file takes over from the one that it replaces."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple, Self

USUAL: Final = 0o666
"""What a new file is made with; the umask takes its part."""

_OF_USERS: Final = 0o777
"""Without those bits that would have a program run as somebody else: no content that came anew gets them."""


class Permissions(NamedTuple):
    """Owner, group, and mode."""

    owner: int
    group: int
    mode: int

    @classmethod
    def of(cls, path: str) -> Self | None:
        """Return those of a file; None where it cannot be looked at."""
        with suppress(OSError):
            found = os.stat(path)
            return cls(found.st_uid, found.st_gid, found.st_mode & _OF_USERS)
        return None

    def give(self, path: Path) -> None:
        """Give them to a file, as far as the system lets us."""
        with suppress(OSError):
            found = os.stat(path)
            if hasattr(os, "chown") and (found.st_uid, found.st_gid) != (self.owner, self.group):
                os.chown(path, self.owner, self.group)
        with suppress(OSError):
            os.chmod(path, self.mode)
