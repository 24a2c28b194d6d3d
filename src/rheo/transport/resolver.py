"""Names to addresses, on threads of our own.

libcurl's resolver threads are few, shared and cannot be stopped, so one name server that hangs would hold up
every download. Here each lookup has its turn, a thread, a deadline and a short memory, and a thread that hangs is
left behind: it is a daemon, and nobody waits for it.
"""

from __future__ import annotations

import asyncio
import math
import socket
import threading
from collections.abc import Callable
from typing import Final, NamedTuple

from rheo.domain.errors import ResolveError
from rheo.domain.oldest import drop_oldest
from rheo.transport.lookup_turns import LookupTurns
from rheo.transport.spare_threads import SpareThreads

REMEMBERED: Final = 60.0
"""Seconds that an answer is believed."""

REFUSED: Final = 5.0
"""Seconds that it is believed that there is no such name."""

MOST: Final = 4096
"""Answers that are remembered, and as many refusals."""

_PERMANENT: Final = frozenset(
    getattr(socket, name)
    for name in ("EAI_NONAME", "EAI_NODATA", "EAI_FAIL", "EAI_ADDRFAMILY")
    if hasattr(socket, name)
)

Lookup = Callable[[str], list[str]]


class _Answer(NamedTuple):
    addresses: tuple[str, ...]
    expires: float
    seconds: float


class Resolver:
    """Looks names up, shares lookups under way, and remembers answers for a minute."""

    def __init__(
        self, *, deadline: float, lookup: Lookup | None = None, open_files: Callable[[], int] | None = None
    ) -> None:
        """`open_files` returns how many the process may have, sockets included; it is asked once, for many names."""
        self._deadline = deadline
        self._lookup = lookup or _getaddrinfo
        self._answers: dict[str, _Answer] = {}
        self._refused: dict[str, tuple[str, float]] = {}
        """Names that do not exist, in words, and until when that is believed."""
        self._untold: set[str] = set()
        """Hosts whose lookup nobody has accounted for yet."""
        self._running: dict[str, asyncio.Future[tuple[str, ...]]] = {}
        """Lookups that wait for their turn, or are under way."""
        self._turns = LookupTurns()
        self._spare = SpareThreads()
        self._open_files = open_files
        """None once it was asked, too."""
        self._timer: asyncio.TimerHandle | None = None
        """The next look at whose turn it is, where no lookup ends before."""

    def known(self, host: str) -> tuple[str, ...] | None:
        """Return the host's addresses if that needs no waiting: an address is its own."""
        answer = self._answers.get(host)
        if answer is None and _is_address(host):
            answer = self._remember(host, _Answer((host,), expires=math.inf, seconds=0.0))
        if answer is None or (answer.expires < math.inf and answer.expires <= asyncio.get_running_loop().time()):
            return None
        return answer.addresses

    def met(self, host: str) -> bool:
        """Whether the host had addresses before, which may be too old by now."""
        return host in self._answers

    def seconds(self, host: str) -> float | None:
        """Return how long the lookup took, to the first who asks after it; None to everyone else."""
        if host not in self._untold:
            return None
        self._untold.discard(host)
        answer = self._answers.get(host)
        return None if answer is None else answer.seconds

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Return at least one address, the system's favourite first, or raise ResolveError within the deadline."""
        try:
            async with asyncio.timeout(self._deadline):
                return await self._resolved(host, urgent=True)
        except TimeoutError:
            raise self._unanswered(host) from None

    async def look_up(self, host: str) -> None:
        """Find addresses, or raise ResolveError; in their turn those wait, however long, that were not met before."""
        await self._resolved(host, urgent=self.met(host))

    async def _resolved(self, host: str, *, urgent: bool) -> tuple[str, ...]:
        addresses = self.known(host)
        if addresses is not None:
            return addresses
        self._raise_refusal(host)
        running = self._running.get(host)
        if running is None:
            running = self._running[host] = asyncio.get_running_loop().create_future()
            self._turns.join(host, urgent=urgent)
            self._fill()
        elif urgent:
            self._turns.hurry(host)
            self._fill()
        return await asyncio.shield(running)

    def _fill(self) -> None:
        """Begin the lookups whose turn it is."""
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while (host := self._turns.next(loop.time())) is not None:
            self._begin(host, loop)
        due = self._turns.due(loop.time())
        if due is not None:
            self._timer = loop.call_later(due, self._fill)

    def _begin(self, host: str, loop: asyncio.AbstractEventLoop) -> None:
        running = self._running[host]
        thread = threading.Thread(target=self._run, args=(host, loop, running), name=f"rheo lookup {host}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._spare.spend()
            if not self._turns.refused(host):
                del self._running[host]
                running.set_exception(ResolveError(f"no thread is left to look up {host}", transient=True))
            return
        if self._turns.crowded:
            self._leave_room()
        began = loop.time()
        deadline = loop.call_later(self._deadline, self._expire, host, running)
        running.add_done_callback(lambda future: self._settle(host, future, deadline, loop.time() - began))

    def _leave_room(self) -> None:
        """Have lookups, each of which has a thread and a socket, take neither all threads nor all files."""
        if self._open_files is not None:
            self._turns.limit(self._open_files() // 2)
            self._open_files = None
        self._spare.keep()

    def _expire(self, host: str, running: asyncio.Future[tuple[str, ...]]) -> None:
        if not running.done():
            running.set_exception(self._unanswered(host))

    def _unanswered(self, host: str) -> ResolveError:
        return ResolveError(f"no answer to the lookup of {host} within {self._deadline:g} s", transient=True)

    def _run(self, host: str, loop: asyncio.AbstractEventLoop, running: asyncio.Future[tuple[str, ...]]) -> None:
        """Look one name up, on its thread."""
        try:
            addresses = tuple(dict.fromkeys(self._lookup(host)))
            error = None if addresses else ResolveError(f"{host} has no address", transient=False)
        except (OSError, UnicodeError) as failure:
            addresses, error = (), _translate(host, failure)
        try:
            loop.call_soon_threadsafe(self._hear, host, running, addresses, error)
        except RuntimeError:  # the loop closed meanwhile: nobody waits for the answer any more
            self._spare.spend()

    def _hear(
        self,
        host: str,
        running: asyncio.Future[tuple[str, ...]],
        addresses: tuple[str, ...],
        error: ResolveError | None,
    ) -> None:
        """Take what a thread found out, and leave its turn to another one."""
        self._turns.ended(host)
        if self._turns.few:
            self._spare.release()
        self._fill()
        if running.done():
            return
        if error is None:
            running.set_result(addresses)
        else:
            running.set_exception(error)

    def _settle(
        self, host: str, future: asyncio.Future[tuple[str, ...]], deadline: asyncio.TimerHandle, seconds: float
    ) -> None:
        """Remember what is known now; who asks again after an error asks anew."""
        deadline.cancel()
        if self._running.get(host) is future:
            del self._running[host]
        if future.cancelled():
            return
        now, error = asyncio.get_running_loop().time(), future.exception()
        if error is None:
            self._remember(host, _Answer(future.result(), now + REMEMBERED, seconds))
            self._untold.add(host)
        elif isinstance(error, ResolveError) and not error.transient:
            self._refused[host] = error.message, now + REFUSED
            drop_oldest(self._refused, most=MOST)

    def _remember(self, host: str, answer: _Answer) -> _Answer:
        self._answers.pop(host, None)  # so that the new one is not among the oldest
        self._answers[host] = answer
        if len(self._answers) > MOST:
            oldest = next(iter(self._answers))
            del self._answers[oldest]
            self._untold.discard(oldest)
        return answer

    def _raise_refusal(self, host: str) -> None:
        """Raise an error like the one that a lookup just ended with, if it said that there is no such name."""
        known = self._refused.get(host)
        if known is None:
            return
        words, expires = known
        if asyncio.get_running_loop().time() < expires:
            raise ResolveError(words, transient=False)
        del self._refused[host]


def _translate(host: str, failure: OSError | UnicodeError) -> ResolveError:
    if isinstance(failure, UnicodeError):
        return ResolveError(f"{host} is not a name that can be looked up", transient=False)
    permanent = isinstance(failure, socket.gaierror) and failure.errno in _PERMANENT
    return ResolveError(f"{host} could not be looked up: {failure.strerror or failure}", transient=not permanent)


def _getaddrinfo(host: str) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def _is_address(host: str) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.inet_pton(family, host)
    except OSError:
        return False
    return True
