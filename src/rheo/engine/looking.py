"""Looks under the names of a target: for what an earlier run left, and for the file that another process brought."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import UsageError
from rheo.domain.resource import Resource
from rheo.domain.safe_names import numbered
from rheo.engine.file.place import Found
from rheo.engine.jobs import on_thread
from rheo.storage.parts.names import Names
from rheo.storage.parts.part_state import PartState
from rheo.storage.parts.remains import Published, Remains, brought, check_unwritten, file_at, look

logger = logging.getLogger(__name__)


class Joined:
    """What was seen of another process that is at the same file."""

    def __init__(self) -> None:
        self.parts: set[int] | None = None
        """Which files it wrote; None where there was no such process."""
        self.before: int | None = None
        """Which file had the target's name when it was first seen; None for none."""

    def take(self, target: str, part: int | None) -> None:
        """Take in that it is at this part, which may not be there yet."""
        if self.parts is None:
            self.parts, self.before = set(), file_at(target)
        if part is not None:
            self.parts.add(part)


class Looks:
    """Looks for one download, as often as it is asked to."""

    def __init__(self, request: DownloadRequest, *, part: Path | None) -> None:
        """`part` is the one that the user names, and that must serve; None where any may."""
        self._request = request
        self._part = part
        self._told: set[str] = set()
        """What was said of files that are left alone."""

    async def find(self, target: str, resource: Resource | None, joined: Joined) -> Found | Path | None:
        """Look once; `joined` is what was seen of another process, which may have brought the file."""
        found = await on_thread(partial(self._look, target, joined))
        if isinstance(found, Path):
            return found
        if resource is None and self._part is not None:
            serving = await self._serving(self._part, target, found)
            if serving.ranges.prefix == 0 and not serving.is_of(self._request.url.text):
                raise UsageError(f"{self._part} cannot be gone on with: nothing of its beginning can be compared")
            return self._found(target, serving)
        if found is None:
            return None
        if found.is_of(self._request.url.text):
            return Found(target, found, serves=_is_resumable(found.state))
        if self._request.recorded is not None:
            return None  # another line of its list may want it, and in a list equal sizes and tags say nothing
        # One whose beginning is missing could not be compared before something is written into it.
        comparable = found.ranges.prefix > 0 and _is_same_file(found.state, resource)
        return self._found(target, found) if comparable else None

    def _tell(self, notice: str) -> None:
        """Say once what is left alone; on a thread."""
        if notice not in self._told:
            self._told.add(notice)
            logger.warning("%s", notice)

    def _found(self, target: str, remains: Remains) -> Found:
        """Return what can be gone on with; the query alone may change, as that of a signed link does."""
        url, state = self._request.url, remains.state
        return Found(target, remains, foreign=not remains.is_of(url.text) and state.url != url.bare)

    def _look(self, target: str, joined: Joined) -> Remains | Path | None:
        found = look(target, self._request.url.text, numbered=numbered, tell=self._tell)
        if isinstance(found, Published):
            # One that is to be replaced is not right because it was when it got its name.
            return None if self._request.salvage is not None else Path(found.path)
        if found is None and joined.parts is not None:
            path = brought(target, joined.parts, before=joined.before, numbered=numbered)
            return None if path is None else Path(path)
        return found

    @staticmethod
    async def _serving(part: Path, target: str, remains: Remains | None) -> Remains:
        """Return the remains if they are the part that the user names, and serve."""
        if remains is None or remains.names != Names(target):
            await on_thread(partial(check_unwritten, Names(target)))
            raise UsageError(f"{part} cannot be gone on with: no part state of ours says what it is of")
        if not _is_resumable(remains.state):
            raise UsageError(f"{part} cannot be gone on with: its server did not serve parts of the file")
        return remains


def _is_resumable(state: PartState) -> bool:
    return state.resource.ranged and state.resource.size is not None


def _is_same_file(state: PartState, resource: Resource | None) -> bool:
    known = state.resource
    if resource is None or known.validator is None or not _is_resumable(state):
        return False
    return (known.size, known.validator) == (resource.size, resource.validator)
