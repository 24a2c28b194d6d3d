"""What an earlier run left of a file: where to look for it, and whether it is of the same file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import TargetBusyError
from rheo.domain.progress import Phase
from rheo.domain.resource import Resource
from rheo.engine.clock import Clock
from rheo.engine.file.place import Found
from rheo.engine.names.destination import expected_path
from rheo.storage.parts.finding import has_part

if TYPE_CHECKING:
    from rheo.engine.looking import Looks  # loaded where there is something, which is seldom

JOIN_INTERVAL: Final = 0.1
"""Seconds between two looks at a file that another process fetches: it may start over, and end soon after that."""


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
        self._looks: Looks | None = None
        """None before the first look."""

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
        from rheo.engine.looking import Joined, Looks  # noqa: PLC0415  (seldom is anything left)

        joined = Joined()
        self._looks = self._looks or Looks(self._request, part=self._part)
        while True:
            try:
                found = await self._looks.find(target, resource, joined)
            except TargetBusyError as busy:
                if not self._join:
                    raise
                joined.take(target, busy.inode)
            else:
                enter(Phase.CONNECTING)
                return found
            enter(Phase.JOINING)
            await self._clock.sleep(JOIN_INTERVAL)
