"""Whether it is the Range that a server refuses of a file, of which a part is to be gone on with. Pure.

Some servers refuse ranges that they could have ignored, for ever or for a moment. So the file is asked for plainly
once, and where it comes, for a range once more, before what is there is given up.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from rheo.domain.errors import HttpStatusError, RheoError

OF_THE_RANGE: Final = frozenset({400, 403, 405, 416, 501})
"""What odd servers say to a Range: it counts once the same is said without one."""


class Refused(Enum):
    """What a refusal is."""

    FILE = "file"
    PERHAPS = "perhaps the range"
    """The next request is to be plain."""
    RANGE = "range"


class RangeRefusal:
    """Takes in what the first requests for a file's rest were answered, until one of them brought bytes."""

    def __init__(self) -> None:
        self.plainly = False
        """Whether to ask without a Range."""
        self._served = False
        """Whether the file came when it was asked for plainly."""

    def refused(self, error: RheoError) -> Refused:
        """Return what was refused."""
        if not is_of_the_range(error):
            return Refused.FILE
        if self._served:
            return Refused.RANGE
        if self.plainly:
            return Refused.FILE
        self.plainly = True
        return Refused.PERHAPS

    def came_whole(self) -> bool:
        """Take in that the whole file came; return whether a range is worth asking for once more."""
        again, self.plainly = self.plainly, False
        self._served = self._served or again
        return again


def is_of_the_range(error: RheoError) -> bool:
    """Whether a refusal may be of the Range, and not of the file."""
    return isinstance(error, HttpStatusError) and error.status in OF_THE_RANGE
