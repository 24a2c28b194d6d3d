"""What goes wrong with a reply: each fault wraps a reply, and faults wrap each other."""

import math
import re
import threading
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, field, replace
from enum import Enum, auto
from http import HTTPStatus
from typing import Final

from origin.content import BLOCK
from origin.replies import Status
from origin.request import Received
from origin.steps import Changes, Close, Head, Pause, Reply, Reset, Send, Step, Wait, final_head, interrupted, steps_of

_CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_PACE: Final = 0.05  # seconds between the sends of a paced body


# --- The line breaks, waits or crawls ---


class Part(Enum):
    """Where the bytes of an answer are counted from."""

    HEAD = auto()  # the status line, after any 1xx
    BODY = auto()  # the first byte after the head
    RESOURCE = auto()  # the first byte of the file: an answer counts from where its Content-Range starts


@dataclass(frozen=True)
class Interrupted:
    """Another step in the middle; an answer without so many bytes stays whole."""

    reply: Reply
    step: Step
    _: KW_ONLY
    after: int
    part: Part = Part.BODY

    def __call__(self, request: Received) -> Iterator[Step]:
        body = steps_of(self.reply, request)
        head = yield from final_head(body)
        if self.part is Part.HEAD:
            yield replace(head, broken=(self.after, self.step))
            yield from body
            return
        yield head
        after = self.after - (_start(head) if self.part is Part.RESOURCE else 0)
        yield from body if after < 0 else interrupted(body, after=after, by=self.step)


def cut(reply: Reply, *, after: int, part: Part = Part.BODY, notify: bool = True) -> Interrupted:
    """Return the reply ended by FIN after so many bytes, over TLS without close_notify if `notify` is false."""
    return Interrupted(reply, Close(notify=notify), after=after, part=part)


def reset(reply: Reply, *, after: int, part: Part = Part.BODY) -> Interrupted:
    """Return the reply ended by RST after so many bytes."""
    return Interrupted(reply, Reset(), after=after, part=part)


def stalled(reply: Reply, *, after: int, part: Part = Part.BODY) -> Interrupted:
    """Return the reply that says nothing more after so many bytes, until the client leaves."""
    return Interrupted(reply, Wait(), after=after, part=part)


def gated(reply: Reply, gate: threading.Event, *, after: int, part: Part = Part.BODY) -> Interrupted:
    """Return the reply that waits after so many bytes until the gate is set."""
    return Interrupted(reply, Wait(gate), after=after, part=part)


@dataclass(frozen=True)
class Slowed:
    """A body in small sends with pauses between them, until they add up to `lasting`; then the rest at once."""

    reply: Reply
    _: KW_ONLY
    size: int
    every: float
    lasting: float = math.inf

    def __call__(self, request: Received) -> Iterator[Step]:
        body = steps_of(self.reply, request)
        head = yield from final_head(body)
        yield head
        paused = 0.0
        for piece in _pieces(body, self.size):
            yield piece
            if isinstance(piece, Send) and paused < self.lasting:
                pause = self.every * len(piece.data) / self.size  # less for the last piece of a send
                paused += pause
                yield Pause(pause)


def trickle(reply: Reply, *, size: int = 1, every: float, lasting: float = math.inf) -> Slowed:
    """Return the reply with so many bytes every so many seconds, for at most `lasting` seconds."""
    return Slowed(reply, size=size, every=every, lasting=lasting)


def paced(reply: Reply, *, rate: float) -> Slowed:
    """Return the reply at no more than `rate` bytes a second on each connection."""
    return Slowed(reply, size=max(1, round(rate * _PACE)), every=_PACE)


@dataclass(frozen=True)
class Closed:
    """An answer that is whole, and a connection that is dead afterwards though nothing announced it."""

    reply: Reply

    def __call__(self, request: Received) -> Iterator[Step]:
        yield from steps_of(self.reply, request)
        yield Close()


# --- The head lies ---


@dataclass(frozen=True)
class Amended:
    """Other headers than the reply's own."""

    reply: Reply
    headers: Changes

    def __call__(self, request: Received) -> Iterator[Step]:
        body = steps_of(self.reply, request)
        head = yield from final_head(body)
        yield head.amended(self.headers)
        yield from body


def declared(reply: Reply, *lengths: int | str) -> Closed:
    """Return the reply with these Content-Length lines, true or not, and the end of the connection after it.

    Without any it is the end of the connection that ends the body.
    """
    return Closed(Amended(reply, {"Content-Length": [str(length) for length in lengths]}))


@dataclass(frozen=True)
class Misranged:
    """A Content-Range that does not tell which bytes follow; an answer without one is left as it is."""

    reply: Reply
    _: KW_ONLY
    shift: int = 0  # added to the first and last position
    total: int | str | None = None  # None: as it is
    unit: str = "bytes"

    def __call__(self, request: Received) -> Iterator[Step]:
        body = steps_of(self.reply, request)
        head = yield from final_head(body)
        match = _content_range(head)
        if match is not None:
            first, last = int(match[1]) + self.shift, int(match[2]) + self.shift
            total = match[3] if self.total is None else self.total
            head = head.amended({"Content-Range": f"{self.unit} {first}-{last}/{total}"})
        yield head
        yield from body


@dataclass(frozen=True)
class Interim:
    """An informational answer ahead of the final one."""

    reply: Reply
    status: int = HTTPStatus.EARLY_HINTS
    _: KW_ONLY
    headers: Changes = field(default_factory=dict)

    def __call__(self, request: Received) -> Iterator[Step]:
        yield Head(self.status).amended(self.headers)
        yield from steps_of(self.reply, request)


# --- The request is misunderstood ---


@dataclass(frozen=True)
class Misheard:
    """An honest answer to another Range than the one asked for: 206 unasked, other bytes, or None to hear no Range."""

    reply: Reply
    range: str | None  # the header's value, such as "bytes=5-"

    def __call__(self, request: Received) -> Iterator[Step]:
        raw = [header for header in request.raw if header[0].lower() not in {"range", "if-range"}]
        if self.range is not None:
            raw.append(("Range", self.range))
        return steps_of(self.reply, replace(request, raw=tuple(raw)))


@dataclass(frozen=True)
class Rangeless:
    """A server that answers any Range with an error, and only a plain request with the reply."""

    reply: Reply
    status: int = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE

    def __call__(self, request: Received) -> Reply:
        return Status(self.status) if "range" in request.headers else self.reply


# --- The body is framed otherwise ---


@dataclass(frozen=True)
class Chunked:
    """A chunked body, without its last chunk if the reply inside is cut after its last byte."""

    reply: Reply
    _: KW_ONLY
    size: int = BLOCK  # of each chunk
    size_line: bytes | None = None  # sent in place of every chunk's size
    keep_length: bool = False  # leaves the Content-Length in, which RFC 9112, section 6.2 forbids

    def __call__(self, request: Received) -> Iterator[Step]:
        body = steps_of(self.reply, request)
        head = yield from final_head(body)
        head = head.amended({"Transfer-Encoding": "chunked"})
        yield head if self.keep_length else head.amended({"Content-Length": None})
        for piece in _pieces(body, self.size):
            yield Send(self._framed(piece.data)) if isinstance(piece, Send) else piece
        yield Send(b"0\r\n\r\n")

    def _framed(self, data: bytes) -> bytes:
        size = b"%x" % len(data) if self.size_line is None else self.size_line
        return size + b"\r\n" + data + b"\r\n"


@dataclass(frozen=True)
class Multipart:
    """A single range in the form meant for several (RFC 9110, section 14.6); other answers are left as they are."""

    reply: Reply
    boundary: str = "THIS_STRING_SEPARATES"

    def __call__(self, request: Received) -> Iterator[Step]:
        body = steps_of(self.reply, request)
        head = yield from final_head(body)
        if head.status != HTTPStatus.PARTIAL_CONTENT:
            yield head
            yield from body
            return
        content_type, content_range = head.value("Content-Type"), head.value("Content-Range")
        part = f"Content-Type: {content_type}\r\nContent-Range: {content_range}"
        opening, closing = f"--{self.boundary}\r\n{part}\r\n\r\n".encode(), f"\r\n--{self.boundary}--\r\n".encode()
        length = len(opening) + int(head.value("Content-Length") or 0) + len(closing)
        form = f"multipart/byteranges; boundary={self.boundary}"
        yield head.amended({"Content-Type": form, "Content-Range": None, "Content-Length": str(length)})
        yield Send(opening)
        yield from body
        yield Send(closing)


def _pieces(steps: Iterator[Step], size: int) -> Iterator[Step]:
    """Yield the steps with every send cut into sends of at most `size` bytes."""
    for step in steps:
        if not isinstance(step, Send):
            yield step
            continue
        for begin in range(0, len(step.data), size):
            yield Send(step.data[begin : begin + size])


def _start(head: Head) -> int:
    match = _content_range(head)
    return 0 if match is None else int(match[1])


def _content_range(head: Head) -> re.Match[str] | None:
    return _CONTENT_RANGE.fullmatch(head.value("Content-Range") or "")
