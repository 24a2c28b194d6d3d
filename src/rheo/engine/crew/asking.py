"""Asks for one segment at a time, and holds every answer to the version of the first one (invariant 3).

A strong validator goes into each request and is compared with each answer. Where there is none, or it is in doubt,
requests overlap what is there, and the bytes are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from rheo.domain.errors import ChangedOnServerError, TransferError
from rheo.domain.ranges import RangeSet
from rheo.domain.resource import Resource
from rheo.engine.answers.gatekeeper import Ask, Take
from rheo.engine.answers.range_refusal import RangeRefusal
from rheo.engine.clock import Clock
from rheo.engine.crew.member import Member
from rheo.engine.file.incoming import IncomingFile
from rheo.engine.planning.planner import Planner, Segment
from rheo.engine.planning.proof import OVERLAP, SEAM, Proof
from rheo.engine.requests.connection import Connection, Intake
from rheo.engine.sources.source import Source
from rheo.transport.base import Head


class Asking:
    """Every later request for one file."""

    def __init__(
        self,
        *,
        source: Source,
        file: IncomingFile,
        plan: Planner,
        resource: Resource,
        clock: Clock,
        resumed: bool,
        on_accepted: Callable[[], None],
        mirror: bool = False,
    ) -> None:
        """`resource` is what the first answer said, perhaps in an earlier run; of another source, for a `mirror`.

        `on_accepted` is told, inside a callback of the transport, that a further answer is of the same version.
        """
        self.resource = resource
        self.answers = 0
        """How many brought bytes, the first one of this run included."""
        self.refusal = RangeRefusal()
        self._source = source
        self._file = file
        self._plan = plan
        self._clock = clock
        self._resumed = resumed
        self._on_accepted = on_accepted
        self._mirror = mirror
        self._learns = mirror or file.seams.vouched
        """Whether its next answer is the first one of this source, whose validators pin later ones."""
        self.delivered = RangeSet()
        """What its answers brought in this run."""
        self._doubtful = resource.validator is None
        """Whether nothing but the bytes says that answers are of one version."""
        self._most = OVERLAP
        """Bytes that a request looks back at the most: fewer where a server sends so little at a time."""
        if self._doubtful or resumed:
            # What an earlier run would have compared later, it has forgotten: so both sides of its bytes are looked at.
            self._look_ahead()

    @property
    def one_version(self) -> bool:
        """Whether all bytes are sure to be of one version: from one answer, or pinned by a strong validator."""
        return not self._doubtful or (self.answers <= 1 and not self._resumed)

    async def fetch(self, member: Member) -> TransferError | None:
        """Fetch a member's segment, or as much of it as comes; returns why no more did, None where the answer ended."""
        try:
            await self._source.fetch(
                self._ask(member.segment),
                partial(self._receive, member),
                validator=None if self._doubtful else self.resource.validator,
            )
        except TransferError as error:
            return error
        return None

    def doubt(self) -> TransferError | None:
        """Believe no validator any more: from here on bytes are compared where answers meet, in later runs, too.

        Returns the error of a stream, whose bytes have left and cannot be compared.
        """
        if self._file.target is None:
            return ChangedOnServerError(
                f"{self._source.url.origin} sends the rest with another validator, and what went to standard output "
                "cannot be compared with it: it may be of another version"
            )
        self.resource = self.resource.unvouched()
        if not self._mirror:
            self._file.describe(self.resource)
        self._doubtful = True
        self._look_ahead()
        return None

    def give_up_ranges(self) -> None:
        """Take note that the server does not serve parts of the file."""
        self.resource = replace(self.resource, ranged=False)

    def _ask(self, segment: Segment) -> Ask:
        """Return the request for a segment, and for what of its neighbours is to be compared."""
        if self.refusal.plainly:
            return Ask(url=self._source.url, ranged=False)
        stop = segment.stop + self._file.seams.ahead
        if self.resource.size is not None:
            stop = min(stop, self.resource.size)
        return Ask(url=self._source.url, start=segment.position - self._lookback(segment), stop=stop)

    def _lookback(self, segment: Segment) -> int:
        """Return how many bytes before a segment are asked for: those there are, or else are to come.

        A validator vouches for the version, but not for a server that sends other bytes than it says.
        """
        if self._file.target is None or self._file.seams.vouched:
            return 0  # what went into a stream is gone, and what is vouched for needs no second look
        width = min(OVERLAP if self._doubtful else SEAM, self._most)
        return self._file.overlap(segment.position, width) or min(SEAM, width, segment.position)

    def _look_ahead(self) -> None:
        if not self._file.seams.vouched:
            self._file.seams.ahead = SEAM

    def _receive(self, member: Member, ask: Ask) -> Connection:
        accept = partial(self._accept, member)
        member.connection = Connection(ask, known=self.resource, accept=accept, clock=self._clock)
        return member.connection

    def _accept(self, member: Member, connection: Connection, head: Head) -> Intake | None:
        verdict = connection.verdict
        if not isinstance(verdict, Take) or member.segment.finished:
            return None
        if verdict.stop is not None and verdict.stop <= member.segment.position:
            self._most = (verdict.stop - verdict.start) // 2  # it sends less than we looked back
            return None
        self.answers += 1
        self._source.found(connection)
        self._learn(verdict.resource)
        if self._mirror:
            self._file.note_mirror()
        self._file.assured.hear(head, connection.ask.url, way=self._source.linking)
        self._on_accepted()
        proof = self._proof(verdict.start, member.segment.position)
        return Intake(self._file, self._plan, member.segment, proof, by=member.supplier, delivered=self.delivered)

    def _learn(self, answered: Resource) -> None:
        """Hold a mirror to what its first answer said: its validators are not those of other servers."""
        if self._learns:
            self._learns = False
            self.resource = replace(answered, content_type=self.resource.content_type)
            self._doubtful = answered.validator is None

    def _proof(self, start: int, stop: int) -> Proof | None:
        if start >= stop:
            return None
        there = self._file.written.covers(start, stop)
        return Proof(stop - start, self._file.read(start, stop) if there else None)
