"""What an origin does on a connection, one step after another, and what a reply is: a function to such steps."""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.client import responses
from itertools import chain
from typing import TypeAlias

from origin.request import Received

Value: TypeAlias = str | bytes

Changes: TypeAlias = Mapping[str, Value | Sequence[Value] | None]
"""By header name: the value, several values for as many lines, or None to leave the header out."""


@dataclass(frozen=True)
class Send:
    """These bytes, and no others."""

    data: bytes


@dataclass(frozen=True)
class Pause:
    """Nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Wait:
    """Nothing until the gate is set, the client leaves or the origin stops; without a gate, until one of the latter."""

    gate: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Close:
    """The end by FIN, over TLS after close_notify unless that is left out, as who cuts the line would."""

    notify: bool = True


@dataclass(frozen=True)
class Reset:
    """The end by RST, once the client's system has all that was sent."""


@dataclass(frozen=True)
class Head:
    """A status line with headers; text in it goes out as UTF-8."""

    status: int
    headers: tuple[tuple[str, Value], ...] = ()
    reason: str | None = None  # None: the registered one
    broken: "tuple[int, Step] | None" = None  # after so many of its bytes this step is taken

    @property
    def final(self) -> bool:
        """Whether no other head follows in this answer."""
        return self.status >= HTTPStatus.OK

    @property
    def closing(self) -> bool:
        """Whether it announces the end of the connection."""
        return (self.value("Connection") or "").lower() == "close"

    def value(self, name: str) -> str | None:
        """Return the first value under that name, None without one."""
        values = (_encoded(value).decode() for key, value in self.headers if key.lower() == name.lower())
        return next(values, None)

    def amended(self, changes: Changes) -> "Head":
        """Return this head with the headers named by `changes` replaced."""
        changed = {name.lower() for name in changes}
        kept = (header for header in self.headers if header[0].lower() not in changed)
        added = ((name, value) for name, values in changes.items() for value in _lines(values))
        return replace(self, headers=(*kept, *added))

    def steps(self) -> Iterator["Step"]:
        """Return what sends it."""
        sending = iter([Send(self.encoded())])
        if self.broken is None:
            return sending
        after, step = self.broken
        return interrupted(sending, after=after, by=step)

    def encoded(self) -> bytes:
        """Return its bytes, with the empty line."""
        reason = responses.get(self.status, "") if self.reason is None else self.reason
        status_line = f"HTTP/1.1 {self.status} {reason}".encode()
        headers = (name.encode() + b": " + _encoded(value) for name, value in self.headers)
        return b"\r\n".join((status_line, *headers, b"", b""))


Step: TypeAlias = Head | Send | Pause | Wait | Close | Reset

Reply: TypeAlias = Callable[[Received], "Reply | Iterable[Step]"]
"""What answers a request: a function of it to steps, or to another reply that shall answer instead."""


def steps_of(reply: Reply, request: Received) -> Iterator[Step]:
    """Return the steps by which this reply answers this request."""
    answer: Reply | Iterable[Step] = reply
    while callable(answer):
        answer = answer(request)
    return iter(answer)


def final_head(steps: Iterator[Step]) -> Generator[Step, None, Head]:
    """Yield what comes before the final head, which is returned; the body is what `steps` still holds."""
    for step in steps:
        if isinstance(step, Head) and step.final:
            return step
        yield step
    raise ValueError("a raw answer has no head to alter")


def interrupted(steps: Iterator[Step], *, after: int, by: Step) -> Iterator[Step]:
    """Yield the steps with another put in once so many bytes are sent; fewer bytes go by untouched."""
    while after > 0:
        step = next(steps, None)
        if step is None:
            return
        if isinstance(step, Send):
            step, rest = Send(step.data[:after]), step.data[after:]
            steps = chain([Send(rest)], steps) if rest else steps
            after -= len(step.data)
        yield step
    yield by
    yield from steps


def _lines(values: Value | Sequence[Value] | None) -> Sequence[Value]:
    if values is None:
        return ()
    return (values,) if isinstance(values, str | bytes) else values


def _encoded(value: Value) -> bytes:
    return value.encode() if isinstance(value, str) else value
