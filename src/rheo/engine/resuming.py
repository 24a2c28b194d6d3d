"""What an earlier run left of a file: where to look for it, and whether it is of the same file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import TargetBusyError, UsageError
from rheo.domain.progress import Phase
from rheo.domain.resource import Resource
from rheo.domain.safe_names import numbered
from rheo.engine.clock import Clock
from rheo.engine.destination import expected_path
from rheo.engine.jobs import on_thread
from rheo.storage.finding import has_part
from rheo.storage.names import Names
from rheo.storage.part_state import PartState, is_source
from rheo.storage.remains import Published, Remains, brought, check_unwritten, file_at, look

logger = logging.getLogger(__name__)

JOIN_INTERVAL: Final = 0.1
"""Seconds between two looks at a file that another process fetches: it may start over, and end soon after that."""


class Found(NamedTuple):
    """The part that lies under the names of a target, which the file was to be called."""

    target: str
    remains: Remains
    serves: bool = True
    """Whether a part can be gone on with; else it is ours, and has to make way."""
    foreign: bool = False
    """Whether it is of another URL, where the same validator may mean another file."""


@dataclass(slots=True)
class Joined:
    """What was seen of another process that is at the same file."""

    parts: set[int] | None = None
    """Which files it wrote; None where there was no such process."""
    before: int | None = None
    """Which file had the target's name when it was first seen; None for none."""

    def take(self, target: str, part: int | None) -> None:
        """Take in that it is at this part, which may not be there yet."""
        if self.parts is None:
            self.parts, self.before = set(), file_at(target)
        if part is not None:
            self.parts.add(part)


class Search:
    """Looks for what earlier runs left of one file, and knows where it looked in vain."""

    def __init__(
        self,
        request: DownloadRequest,
        *,
        settled: str | None,
        vain: Iterable[str],
        anew: bool,
        join: bool,
        clock: Clock,
    ) -> None:
        """`settled` is the target as an earlier run of the same download knew it, None before one did.

        `vain` are those whose parts it found to be of other files.
        `anew` is set where a part that the user names has made way; it only says then what the file is called.
        `join` waits for another process that is at the file.
        """
        self._request = request
        self._settled = settled
        self._part = None if anew else request.resume_from
        """The part that the user names, and that must serve."""
        self._join = join
        self._clock = clock
        self._vain = set(vain)
        """Targets whose parts are known not to help."""
        self._told: set[str] = set()
        """What was said of files that are left alone."""

    async def begin(self, enter: Callable[[Phase], None]) -> Found | Path | None:
        """Return what lies under the name that the file got, or else the one that wish and URL suggest.

        `enter` is told as `at` tells it.

        Where only the answer tells the name, or its type the extension, the part is found `at` it, later.
        """
        expected = self._settled or expected_path(self._request)
        if expected is None:
            return None
        if has_part(expected) or self._part is not None:
            return await self.at(expected, enter)
        self.learn(expected)
        return None

    def knows(self, target: str) -> bool:
        """Whether nothing is to be looked for at this target."""
        return target in self._vain

    def learn(self, target: str) -> None:
        """Take note that what lies at this target does not help."""
        self._vain.add(target)

    def forget(self, target: str) -> None:
        """Take note that something else may lie at this target by now."""
        self._vain.discard(target)

    async def at(
        self, target: str, enter: Callable[[Phase], None], resource: Resource | None = None
    ) -> Found | Path | None:
        """Return what an earlier run left, or the whole file that it or another process brought.

        `enter` is told when waiting for another process begins and ends. `resource` is what the server says, None
        before it was asked. Raises TargetBusyError where a living process is at it and nobody wants to join,
        UsageError where a part that the user names cannot serve.
        """
        if resource is not None:
            self.learn(target)
        joined = Joined()
        while True:
            try:
                found = await self._find(target, resource, joined)
            except TargetBusyError as busy:
                if not self._join:
                    raise
                joined.take(target, busy.inode)
            else:
                enter(Phase.CONNECTING)
                return found
            enter(Phase.JOINING)
            await self._clock.sleep(JOIN_INTERVAL)

    def _tell(self, notice: str) -> None:
        """Say once what is left alone; on a thread."""
        if notice not in self._told:
            self._told.add(notice)
            logger.warning("%s", notice)

    async def _find(self, target: str, resource: Resource | None, joined: Joined) -> Found | Path | None:
        """Look once; `joined` is what was seen of another process, which may have brought the file."""
        found = await on_thread(partial(self._look, target, joined))
        if isinstance(found, Path):
            return found
        if resource is None and self._part is not None:
            serving = await self._serving(self._part, target, found)
            if serving.ranges.prefix == 0 and not is_source(serving.state, self._request.url.text):
                raise UsageError(f"{self._part} cannot be gone on with: nothing of its beginning can be compared")
            return self._found(target, serving)
        if found is None:
            return None
        if is_source(found.state, self._request.url.text):
            return Found(target, found, serves=_is_resumable(found.state))
        # One whose beginning is missing could not be compared before something is written into it.
        comparable = found.ranges.prefix > 0 and _is_same_file(found.state, resource)
        return self._found(target, found) if comparable else None

    def _found(self, target: str, remains: Remains) -> Found:
        """Return what can be gone on with; the query alone may change, as that of a signed link does."""
        url, state = self._request.url, remains.state
        return Found(target, remains, foreign=not is_source(state, url.text) and state.url != url.bare)

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
