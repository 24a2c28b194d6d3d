"""The live map's file: replaced a few times a second without sync, and its time is the owner's heartbeat."""

from __future__ import annotations

import logging
import os
from contextlib import suppress

from rheo.domain.errors import StorageError
from rheo.storage.parts.names import Names
from rheo.storage.parts.part_state import LiveMap, decode_live, encode_live
from rheo.storage.seal import DamagedError, resembles
from rheo.storage.sidecar import LIVE, UnusableError, draft, read, remove, withdraw

logger = logging.getLogger(__name__)


class LiveFile:
    """One part's live map on disk, for its owner."""

    def __init__(self, names: Names) -> None:
        self._path = names.live
        self._usable: bool | None = None
        """None: it was not looked at yet what has its name."""

    def write(self, live: LiveMap) -> None:
        """Replace the map. Where that fails there is none: one that is out of date would be worse."""
        if not self._is_usable():
            return
        try:
            self._replace(encode_live(live))
        except OSError as error:
            logger.debug("no live map: %s", error)
            self.remove()

    def remove(self) -> None:
        """Remove the map; raises StorageError where it stays, since it must not be believed any more."""
        if not self._is_usable():
            return
        try:
            remove(self._path)
        except OSError as error:
            raise StorageError(f"cannot remove {self._path}: {error.strerror}") from error

    def withdraw(self, token: str) -> None:
        """Remove the map if it is the one of this claim."""
        with suppress(OSError, UnusableError, DamagedError):
            found = read(self._path)
            if found is not None and decode_live(found.data).token == token:
                remove(self._path)

    def _replace(self, data: bytes) -> None:
        made = draft(self._path, data, synced=False)
        try:
            os.replace(made.path, self._path)
        except FileNotFoundError:  # an owner cleaned up; if it is another one now, the map in place is its own
            logger.debug("%s was not written", self._path)
        except OSError:
            withdraw(made)
            raise

    def _is_usable(self) -> bool:
        """Whether the name is free or has a map in it: what is not ours is neither replaced nor removed."""
        if self._usable is None:
            self._usable = _ours(self._path)
            if not self._usable:
                logger.warning("%s is in the way and left alone; after a crash more will be fetched again", self._path)
        return self._usable


def _ours(path: str) -> bool:
    try:
        found = read(path)
    except UnusableError:
        return False
    return found is None or resembles(LIVE, found.data)
