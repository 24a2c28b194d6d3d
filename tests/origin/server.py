"""The origin itself: a listener on a loopback address, the replies per URL, and what was asked of it."""

import asyncio
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Final, NoReturn, Self, TypeAlias

from origin.connection import attend, opened, reset_on_close
from origin.journal import Journal
from origin.replies import Status
from origin.request import Received
from origin.steps import Close, Reply, Reset, Step, Wait, steps_of
from origin.tls import LOOPBACK, Authority

Greeting: TypeAlias = Close | Reset | Wait
"""What a connection may meet before its first byte is read, and before any TLS handshake."""

_BACKLOG: Final = 1024


class Origin:
    """An HTTP/1.1 server that does what its script says, byte by byte.

    It serves from `with` to its end, in a thread of its own. What fails there, such as a reply that raises,
    stops it at once and is raised where `with` ends.
    """

    def __init__(self, *, host: str = "127.0.0.1", tls: Authority | ssl.SSLContext | None = None) -> None:
        self._host = host
        self._tls = tls.context(host, *LOOPBACK) if isinstance(tls, Authority) else tls
        self._journal = Journal()
        self._lock = threading.Lock()  # guards the replies and greetings
        self._replies: dict[str, deque[Reply]] = {}
        self._greetings: deque[Greeting] = deque()
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        self._listener = socket.create_server((self._host, 0), family=family, backlog=_BACKLOG)
        self._listener.settimeout(0)
        self.port: int = self._listener.getsockname()[1]  # the system's choice, known after the end too
        self._loop = asyncio.SelectorEventLoop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name=f"origin {self.port}", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(RuntimeError):  # the loop is closed already when the origin failed
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def serve(self, target: str, replies: Reply | Sequence[Reply]) -> None:
        """Answer requests for a target by the replies in turn, and by the last one from then on.

        A target without a query stands for its path with any query that is not served by itself. A reply that is
        a function runs in the origin's thread, where it must not block. Serving a target anew replaces its replies.
        """
        turns = deque(replies) if isinstance(replies, Sequence) else deque([replies])
        with self._lock:
            self._replies[target] = turns

    def greet(self, *greetings: Greeting) -> None:
        """Let the next connections, one each, meet this before anything is read from them."""
        with self._lock:
            self._greetings.extend(greetings)

    def url(self, target: str = "/") -> str:
        """Return the URL of a target."""
        scheme = "http" if self._tls is None else "https"
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{scheme}://{host}:{self.port}{target}"

    @property
    def requests(self) -> list[Received]:
        """The requests so far, in order."""
        with self._journal.changed:
            return list(self._journal.requests)

    def requests_for(self, target: str) -> list[Received]:
        """Return the requests so far for a target, with any query if it has none."""
        return [request for request in self.requests if target in {request.target, request.path}]

    @property
    def connections(self) -> int:
        """How many connections were accepted so far."""
        return self._journal.connections

    @property
    def answering(self) -> int:
        """How many requests are being answered now."""
        return self._journal.answering

    @property
    def peak(self) -> int:
        """How many requests were being answered at once at most."""
        return self._journal.peak

    @property
    def held(self) -> int:
        """How many answers and greetings stand at a gate or a stall now, all bytes before it sent."""
        return self._journal.held

    def wait_for(self, predicate: Callable[["Origin"], bool], timeout: float = 5.0) -> None:
        """Return once the predicate holds, or raise TimeoutError; connections, requests and answers wake it."""
        self._journal.wait_for(lambda: predicate(self), timeout)

    def _run(self) -> None:
        try:
            with self._listener, asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._serve())
        except BaseExceptionGroup as failure:
            self._failure = failure

    async def _serve(self) -> None:
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self._listen())
            await self._stopping.wait()
            listening.cancel()

    async def _listen(self) -> None:
        """Serve connections until cancelled, which ends them all."""
        # The stack closes what a task that was cancelled before its first step never took over.
        with ExitStack() as sockets:
            async with asyncio.TaskGroup() as connections:
                self._loop.add_reader(self._listener, self._accept, connections, sockets)
                try:
                    await asyncio.Event().wait()
                finally:
                    self._loop.remove_reader(self._listener)

    def _accept(self, connections: asyncio.TaskGroup, sockets: ExitStack) -> None:
        # Not `await loop.sock_accept()`: cancelled at the wrong moment, it loses the socket.
        with suppress(BlockingIOError, ConnectionAbortedError):
            accepted, _ = self._listener.accept()
            accepted.settimeout(0)
            sockets.enter_context(accepted)
            connections.create_task(self._converse(accepted, self._journal.accept()))

    async def _converse(self, accepted: socket.socket, number: int) -> None:
        # That the client left or refused the certificate is its own affair.
        with suppress(OSError):
            await self._meet(accepted)
            connection = await attend(accepted, number=number, tls=self._tls, journal=self._journal)
            try:
                await connection.serve(self._answer)
            finally:
                connection.abort()

    async def _meet(self, accepted: socket.socket) -> None:
        """Take the greeting that is due, which may end the connection."""
        with self._lock:
            greeting = self._greetings.popleft() if self._greetings else None
        match greeting:
            case Wait(gate):
                with self._journal.hold():
                    await opened(gate)
            case Reset():
                reset_on_close(accepted)
                _end(accepted)
            case Close():
                _end(accepted)

    def _answer(self, request: Received) -> Iterator[Step]:
        return steps_of(self._next_reply(request), request)

    def _next_reply(self, request: Received) -> Reply:
        with self._lock:
            turns = self._replies.get(request.target) or self._replies.get(request.path)
            if not turns:
                return Status(404)
            return turns.popleft() if len(turns) > 1 else turns[0]


def _end(accepted: socket.socket) -> NoReturn:
    accepted.close()
    raise ConnectionAbortedError("ended by the greeting")
