"""Brings every byte of one file: by a first request, or from what an earlier run left; and once more where it is wrong.

Leaving `run` in any way ends its connections; the file stays open for whoever verifies and names it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import NetworkError, RheoError, ServerError
from rheo.domain.ranges import Range
from rheo.domain.resource import Resource
from rheo.domain.result import SourceShare
from rheo.engine.file.incoming import IncomingFile
from rheo.engine.file.place import Found, part_for
from rheo.engine.file.versions import Versions, cause_of
from rheo.engine.names.extensions import type_of
from rheo.engine.opening import Opening
from rheo.engine.planning.planner import Planner
from rheo.engine.promises.assurance import Assurance
from rheo.engine.sources.source import Source, sources_of
from rheo.engine.surroundings import Surroundings
from rheo.storage.parts.part_file import PartFile

if TYPE_CHECKING:
    from rheo.engine.crew.crew import Crew  # loaded where one answer is not enough
    from rheo.storage.parts.part_state import Sum  # loaded where an earlier run left something

Begun = Callable[[IncomingFile, Resource], None]
"""Is told of a file that begins to come."""


class Bringing:
    """One file's bytes on their way; its counters may be read at any time."""

    def __init__(
        self,
        request: DownloadRequest,
        around: Surroundings,
        assurance: Assurance,
        *,
        versions: Versions,
        multiplexed: bool,
    ) -> None:
        """`versions` is what is known of the file."""
        self.file: IncomingFile | None = None
        """None before anything is known of it."""
        self.resource = Resource()
        """What the file is, as the first answer said."""
        self._goes_on = False
        """Whether there was a part to begin with."""
        self._mirrored = False
        """Whether mirrors brought some of that."""
        self.opening: Opening | None = None
        """The first request; None where there was none."""
        self.resumed = 0
        """Bytes that were there when this began."""
        self.sums: tuple[Sum, ...] = ()
        """Of these, as an earlier run made them."""
        self._before = 0
        """Bytes of these that came before there was a crew that counts."""
        self._crew: Crew | None = None  # as long as one connection is enough
        self._request = request
        self._around = around
        self.clock = around.clock
        self._assurance = assurance
        self._versions = versions
        self._multiplexed = multiplexed
        self._sources = sources_of(request, around, banned=versions.banned)
        self._tasks: asyncio.TaskGroup

    @property
    def source(self) -> Source:
        """Where the file comes from; where there are several, the one that answered first."""
        return self._sources[0] if self.opening is None else self.opening.source

    @property
    def alone(self) -> bool:
        """Whether there is no other source."""
        return len(self._sources) == 1

    @property
    def brought(self) -> int:
        """Bytes of the file that came since."""
        if self._crew is not None:
            return self._before + self._crew.received
        return self._before if self.opening is None else self.opening.brought

    @property
    def one_version(self) -> bool:
        """Whether all bytes are sure to be of one version."""
        return not self._mirrored and (self._crew is None or self._crew.one_version)

    @property
    def asked(self) -> Sequence[Source]:
        """Every source that may have brought some of it, the reference first."""
        return (self.source,) if self._crew is None else [supplier.source for supplier in self._crew.suppliers]

    @property
    def shares(self) -> tuple[SourceShare, ...]:
        """What each of several sources brought."""
        return () if self._crew is None else self._crew.suppliers.shares

    def lost(self, error: RheoError) -> RheoError:
        """Return what the user's own URL, or its link, was lost by, where `error` may be that of a mirror."""
        own = None if self._crew is None else self._crew.suppliers.reference.error
        return own if own is not None and isinstance(error, (NetworkError, ServerError)) else error

    @property
    def trusted(self) -> bool:
        """Whether a link in the place of a dead one has brought anything, where there was a part to go on with."""
        if self._request.link is None or not self._goes_on:
            return True
        return self._crew is not None and self._crew.suppliers.reference.received > 0

    @property
    def mendable(self) -> bool:
        """Whether parts of the file can be brought once more."""
        return self.file is not None and self.file.begun and self.resource.ranged

    @property
    def crew(self) -> Crew | None:
        """Its connections; None where one answer brought everything."""
        return self._crew

    def file_of(self, found: Found) -> IncomingFile:
        """Take up what an earlier run left."""
        remains = found.remains
        resource = remains.state.resource
        part = part_for(found.target, self._request)
        self.file = IncomingFile(
            self._request, self._around, self._assurance, part=part, resource=resource, remains=remains
        )
        return self.file

    async def begin(self, begun: Begun, *, knows: Callable[[str], bool], aside: PartFile | None) -> Opening:
        """Ask for the file, and return its first request once no connection is at work; raises what went wrong first.

        `begun` is told, inside a callback, that the file comes; `knows` tells where nothing is to be looked for, and
        `aside` holds the claim of an older version on its name.
        """
        opening = self.opening = Opening(
            self._request,
            self._around,
            self._sources,
            self._assurance,
            ranged=not self._versions.single and self._request.http.ranged,
            multiplexed=self._multiplexed,
            knows=knows,
            aside=aside,
            begin=partial(self._begin, begun),
            widen=self._widen,
        )
        await self._run(opening.run)
        return opening

    async def go_on(self, found: Found, begun: Begun) -> None:
        """Bring what is missing of what an earlier run left; raises what went wrong first."""
        self._goes_on = True
        file = self.file_of(found)
        self.sums, self._mirrored = found.remains.state.sums, found.remains.state.mirrored
        resource = found.remains.state.resource
        if found.foreign or self._request.place.bare not in {self._request.url.bare, found.remains.state.url}:
            file.describe(resource := resource.unvouched())
        await self._complete(file, resource, begun)

    async def replace(self, target: str, begun: Begun) -> None:
        """Bring what is wrong of a damaged file, and take the rest from it; raises what went wrong first.

        Until it answers, the server is taken to have the file that was promised, and to serve parts of it.
        """
        resource = Resource(size=self._request.size, content_type=type_of(target), ranged=True)
        part = part_for(target, self._request)
        self.file = IncomingFile(self._request, self._around, self._assurance, part=part, resource=resource)
        await self._complete(self.file, resource, begun)

    async def _complete(self, file: IncomingFile, resource: Resource, begun: Begun) -> None:
        assert resource.size is not None
        self._begin(begun, file, resource)
        await file.ready()
        if self._request.salvage and not file.borrowed:
            from rheo.engine.file.salvage import salvage  # noqa: PLC0415  (few files are damaged)

            file.seams.vouched = True
            await salvage(file, self._request.salvage)
        # Of a whole part of another URL the last byte is asked for, so that what lies before it is compared.
        missing = file.written.missing(resource.size) or ([(resource.size - 1, resource.size)] if file.unproven else [])
        self.resumed = resource.size - sum(stop - start for start, stop in missing)
        crew = self._crew_for(Planner(missing, min_split=self._around.settings.min_split_size))
        self._widen(crew)
        await self._run(crew.run)

    async def mend(self, bad: Sequence[Range]) -> None:
        """Bring ranges once more that came wrong; raises what went wrong first."""
        crew = self._crew
        if crew is None:
            crew = self._crew_for(Planner((), min_split=self._around.settings.min_split_size))
            crew.suppliers.reference.credit(self.brought)
            self._widen(crew)
        before, size = crew.received, sum(stop - start for start, stop in bad)
        await crew.want_again(bad)
        self.resumed -= min(self.resumed, size - (before - crew.received))  # the rest of it had come earlier
        await self._run(crew.run)

    def _crew_for(self, plan: Planner) -> Crew:
        """Return connections for a file that is there in part."""
        from rheo.engine.crew.crew import Crew  # noqa: PLC0415  (a small file needs none)

        assert self.file is not None
        others = [source for source in self._sources if source is not self.source]
        return Crew(
            [self.source, *others],
            self._around,
            file=self.file,
            plan=plan,
            resource=self.resource,
            strategy=self._request.strategy,
            homes=lambda: self._assurance.homes,
            resumed=True,
        )

    async def _run(self, work: Callable[[asyncio.TaskGroup], Awaitable[None]]) -> None:
        failure: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                await work(tasks)
        except BaseExceptionGroup as several:
            failure = cause_of(several)
        finally:
            if self._crew is not None:
                self._versions.banned.update(self._crew.suppliers.banned)
        if failure is not None:
            raise failure

    def let_go(self) -> None:
        """Keep nothing but the counters, once all is over: those who call us back would keep us alive.

        Python's collector, which would free us then, takes longer than a small file.
        """
        self._before, self._sources = self.brought, (self.source,)
        self.opening = self._crew = None

    def _begin(self, begun: Begun, file: IncomingFile, resource: Resource) -> None:
        self.file, self.resource = file, resource
        begun(file, resource)

    def _widen(self, crew: Crew) -> None:
        self._crew = crew
