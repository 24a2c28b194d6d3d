"""Receives one answer: has its head judged, gathers what is wanted of its body, and hands that on to be written.

Everything here runs inside the transport's callbacks: it asks, appends, counts and returns, and never waits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rheo.domain.ranges import Range, RangeSet
from rheo.domain.resource import Resource
from rheo.engine.answers.gatekeeper import Ask, Take, Verdict, judge
from rheo.engine.clock import Clock
from rheo.engine.file.incoming import IncomingFile
from rheo.engine.planning.planner import Planner, Segment
from rheo.engine.planning.proof import Proof
from rheo.engine.planning.sizes import GATHERED_MOST, grant
from rheo.transport.base import Exchange, Flow, Head

MOST_DROPPED: Final = 64 * 1024
"""Bytes of an unwanted body that are read so that its connection can be used again."""

_GO_ON: Final = Flow.GO_ON


@dataclass(slots=True, eq=False)
class Intake:
    """Where the bytes of one answer go."""

    file: IncomingFile
    plan: Planner
    segment: Segment
    proof: Proof | None = None
    """What becomes of its first bytes that lie before the segment; None where there are none."""
    by: object = None
    """Who supplies them, and what they brought; None where there is one source."""
    delivered: RangeSet | None = None
    """Takes the ranges that were handed on; None where nobody keeps that."""
    coding: str | None = None
    """What they are to be unpacked of before they come here; None where they are the file's as they come."""


class Connection:
    """The receiver of one request's answer."""

    def __init__(
        self,
        ask: Ask,
        *,
        known: Resource | None,
        accept: Callable[[Connection, Head], Intake | None],
        clock: Clock,
    ) -> None:
        """`known` is what earlier answers said of the file; None where there were none.

        `accept` is called once `verdict` is known, and returns where the bytes go, None where nobody wants them.
        """
        self.ask = ask
        self.known = known
        """What was known of the file when it was asked for."""
        self.head: Head | None = None
        self.verdict: Verdict | None = None
        """What the answer is; None before its head."""
        self.intake: Intake | None = None
        """Set while its bytes are wanted."""
        self.exchange: Exchange | None = None
        """Set from the head on."""
        self.differs_at: int | None = None
        """The first byte of which it had another one than is there; None where it had none."""
        self._accept: Callable[[Connection, Head], Intake | None] | None = accept
        """None once it was called: whoever it belongs to has us, and neither shall keep the other alive."""
        self._clock = clock
        self._skip = 0
        self._left: int | None = None
        """Bytes that the body may still have, where nothing but Content-Range bounds it; None where its length does."""
        self._dropped = 0
        self._seam: list[bytes] | None = None
        """What lies behind the segment's stop, while it is being gathered; None where it is not."""
        self._offset = self._gathered = self._handed_on = 0
        self._chunks: list[bytes] = []
        self._aged = False
        self.gathering = GATHERED_MOST
        """Bytes that are gathered before they are written; whoever measures it says it here."""
        self._held = 0
        """Bytes in memory that the file holds for what is gathered here, and for what comes next."""

    @property
    def flowing(self) -> bool:
        """Whether bytes for the file have come."""
        return bool(self._handed_on or self._gathered)

    @property
    def gathered(self) -> Range:
        """What came, and is not handed on yet."""
        return self._offset, self._offset + self._gathered

    @property
    def at_seam(self) -> bool:
        """Whether its segment is there, and what lies behind it is being looked at."""
        return self._seam is not None

    @property
    def brought(self) -> int:
        """Bytes that it brought to the file."""
        return self._handed_on + self._gathered

    @property
    def handed_on(self) -> int:
        """Those of them that it no longer gathers."""
        return self._handed_on

    def begin(self, head: Head, exchange: Exchange) -> Flow:
        """Decide what the answer is."""
        self.exchange, self.head = exchange, head
        self.verdict = judge(self.ask, head, self.known, self._clock.now)
        accept, self._accept = self._accept, None
        self.intake = None if accept is None else accept(self, head)
        if self.intake is None:
            return Flow.STOP if isinstance(self.verdict, Take) else _GO_ON
        if isinstance(self.verdict, Take):
            self._skip = self.verdict.skipped
            self._left = _unframed(head, self.ask, self.verdict)
        self._offset = self.intake.segment.position
        return _GO_ON

    def chunk(self, data: bytes) -> Flow:
        """Gather a chunk of the file, or drop one of an answer that only explains.

        This is the hottest path of all: 65,000 calls a GiB.
        """
        intake = self.intake
        if intake is None:
            return self._drop(len(data))
        if self._gathered + len(data) > self._held and not self._has_room(intake.file, len(data)):
            return Flow.PAUSE
        return self._take(intake, data) if self._left is None else self._bounded(intake, data, self._left)

    def _bounded(self, intake: Intake, data: bytes, left: int) -> Flow:
        """Take no more of a body than its Content-Range says."""
        self._left = max(0, left - len(data))
        flow = self._take(intake, data[:left]) if left else _GO_ON
        return Flow.STOP if len(data) > left else flow

    def _take(self, intake: Intake, data: bytes) -> Flow:
        """Take a chunk; from here on it may not be asked for again, so nobody is asked for room any more."""
        segment = intake.segment
        if segment.race is not None or self._skip or intake.proof is not None or self._seam is not None:
            return self._choose(intake, data)
        size = len(data)
        wanted = intake.plan.advance(segment, size)
        self._gathered += wanted
        if wanted == size:
            self._chunks.append(data)
            if segment.position < segment.stop:
                return _GO_ON
        elif wanted:
            self._chunks.append(data[:wanted])
        return self._finished(intake, data[wanted:])

    def tick(self, now: float) -> None:
        """Write what has waited for a whole tick, so that a slow body is on the disk, too; or look for room."""
        del now
        if self.intake is None:
            return
        if not self._chunks:
            self._aged = False
            self._give_back(self.intake.file)
            self.intake.file.holding.look(self)
        elif self._aged:
            self._flushed(self.intake.file)
        else:
            self._aged = True

    def flush(self) -> None:
        """Hand on what is gathered, room or not; raises the StorageError of a disk that failed."""
        if self._chunks and self.intake is not None:
            self.intake.file.write(*self.rest())

    def end(self) -> None:
        """Hand on what is gathered and what was seen behind the stop, now that no more comes; raises StorageError."""
        if self.intake is not None:
            self._let_go(self.intake)
        self.flush()
        if self._seam is not None and self.intake is not None:
            seams, stop = self.intake.file.seams, self.intake.segment.stop
            seams.add(stop, b"".join(self._seam)[: seams.ahead], by=self.intake.by)
        self._seam = None

    def disown(self) -> Range:
        """Want nothing more of it, as who sends it is not believed; return what was gathered, and is still to come."""
        dropped = self.gathered
        self._chunks, self._gathered = [], 0
        if self.intake is not None:
            self._let_go(self.intake)
        self.intake = None
        self._seam = None
        return dropped

    def fail(self, error: BaseException) -> None:
        """End with this error; soon."""
        if self.exchange is not None:
            self.exchange.fail(error)

    def rest(self) -> tuple[int, list[bytes]]:
        """Give away what is gathered: its offset, and the chunks; who writes them gives back what is held for them."""
        offset, chunks = self._offset, self._chunks
        self._held -= self._gathered
        self._offset += self._gathered
        if self.intake is not None and self.intake.delivered is not None:
            self.intake.delivered.add(offset, self._offset)
        self._handed_on += self._gathered
        self._chunks, self._gathered, self._aged = [], 0, False
        return offset, chunks

    def _choose(self, intake: Intake, data: bytes) -> Flow:
        """Treat a chunk of which perhaps not all is for the file, or not all of it from us."""
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        if intake.proof is not None:
            return self._prove(intake, intake.proof, data)
        if self._seam is not None:
            return self._gather_seam(intake, self._seam, data)
        if not data:
            return _GO_ON
        return self._take(intake, data) if intake.segment.race is None else self._race(intake, data)

    def _prove(self, intake: Intake, proof: Proof, data: bytes) -> Flow:
        """Compare the first bytes with those that are there already."""
        rest = proof.compare(data)
        if proof.differs_at is not None:
            self.differs_at = intake.segment.position - proof.width + proof.differs_at
            return Flow.STOP
        if not proof.over:
            return _GO_ON
        intake.proof = None
        if proof.deferred:
            intake.file.seams.add(intake.segment.position - len(proof.seen), proof.seen, by=intake.by)
        return self._choose(intake, rest)

    def _race(self, intake: Intake, data: bytes) -> Flow:
        segment, race = intake.segment, intake.segment.race
        assert race is not None
        wanted = intake.plan.advance_raced(segment, data[: segment.stop - segment.position])
        if race.differs_at is not None:
            self.differs_at = race.differs_at
            return Flow.STOP
        ours = data[wanted]
        if ours:
            position = segment.position - len(ours)
            if position != self._offset + self._gathered:
                self.flush()
                self._offset = position
            self._chunks.append(ours)
            self._gathered += len(ours)
        return Flow.STOP if segment.finished else _GO_ON

    def _finished(self, intake: Intake, beyond: bytes) -> Flow:
        """Go on where the answer does and somebody wants that; else end so that the connection can be used again."""
        verdict, segment = self.verdict, intake.segment
        assert isinstance(verdict, Take)
        if verdict.stop is None or verdict.stop <= segment.stop:
            return Flow.STOP if beyond else _GO_ON  # the body ends here, or goes on though it should not
        if intake.plan.extend(segment, stop=verdict.stop):
            return self._take(intake, beyond) if beyond else _GO_ON
        if not intake.file.seams.ahead:
            return Flow.STOP
        self._seam = []
        return self._gather_seam(intake, self._seam, beyond)

    def _gather_seam(self, intake: Intake, seam: list[bytes], data: bytes) -> Flow:
        """Keep what lies behind our stop, to be compared with what the neighbour brings (invariant 3)."""
        seam.append(data)
        return _GO_ON if sum(map(len, seam)) < intake.file.seams.ahead else Flow.STOP

    def _has_room(self, file: IncomingFile, size: int) -> bool:
        """Whether a chunk may be gathered; where not, the exchange is resumed once it may.

        What is gathered is written first where it is enough, or memory is short.
        """
        if self._gathered + size <= self.gathering and self._hold(file, size):
            return True
        if self._gathered and not self._flushed(file):
            return False
        self._give_back(file)  # what is held for more than is there may be what is missing
        if self._hold(file, size):
            file.holding.forget(self)
            return True
        file.holding.wait(self, size, self._granted)
        return False

    def _hold(self, file: IncomingFile, size: int) -> bool:
        """Have the file hold as much as a chunk needs, and where it can, as much as comes next."""
        missing = self._gathered + size - self._held
        if missing <= 0:
            return True
        for more in (grant(missing, gathered=self._held, most=self.gathering), missing):
            if file.holding.take(more):
                self._held += more
                return True
        return False

    def _granted(self, size: int) -> None:
        """Go on, now that the file holds so much for it."""
        self._held += size
        if self.exchange is not None:
            self.exchange.resume()

    def _let_go(self, intake: Intake) -> None:
        """Wait for no more room, and give back what is held for more than is gathered."""
        intake.file.holding.forget(self)
        self._give_back(intake.file)

    def _give_back(self, file: IncomingFile) -> None:
        file.holding.give_back(self._held - self._gathered)
        self._held = self._gathered

    def _flushed(self, file: IncomingFile) -> bool:
        """Write what is gathered; False where that must wait, and then the exchange is resumed when it need not."""
        assert self.exchange is not None
        if file.has_room(self.exchange.resume):
            file.write(*self.rest())
            return True
        return False

    def _drop(self, size: int) -> Flow:
        self._dropped += size
        return _GO_ON if self._dropped <= MOST_DROPPED else Flow.STOP


def _unframed(head: Head, ask: Ask, taken: Take) -> int | None:
    """Return how long a body is of which only Content-Range says it; None where its framing does, or nothing."""
    fields = head.fields
    framed = "content-length" in fields and "transfer-encoding" not in fields  # RFC 9112, 6.3
    if taken.stop is None or not ask.ranged or framed:
        return None
    return taken.stop - taken.start + taken.skipped
