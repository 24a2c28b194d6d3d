"""Unpacks a body that a server compressed on the way, bit by bit and within caps (RFC 9110, 8.4.1). Pure."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final, Protocol

from rheo.domain.errors import CodedBodyError, TruncatedBodyError

PORTION: Final = 64 * 1024
"""Bytes that are unpacked at a time: what comes of one chunk may be a thousand times its size."""

FREE: Final = 10 * 1024 * 1024
"""Bytes that may come out of however few: an honest file, too, may begin with much of the same."""

MOST_TIMES: Final = 200
"""How many times the bytes received may come out beyond that. Text shrinks to a tenth, the dullest log to a hundredth;
deflate's bound, which bombs are near, is a thousandth (1032 times)."""

MOST: Final = 1024**4
"""Bytes that may come out in all: whoever sends a tebibyte says its size, and is asked for ranges."""

_GZIP: Final = 16 + zlib.MAX_WBITS
_ZLIB: Final = zlib.MAX_WBITS
_RAW: Final = -zlib.MAX_WBITS
_ZLIB_HEADER: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much may come out of what came in."""

    free: int = FREE
    times: int = MOST_TIMES
    most: int = MOST

    def of(self, received: int) -> int:
        """Return how many bytes may come out of so many."""
        return min(self.most, max(self.free, self.times * received))


class _Stream(Protocol):
    """What zlib has in hand while it unpacks."""

    @property
    def eof(self) -> bool: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class Decoder:
    """Unpacks one body of one coding; bytes are fed, and portions taken until there is none."""

    def __init__(self, coding: str, *, source: str, caps: Caps | None = None) -> None:
        """`coding` is one of those that are asked for, `source` who sends it, for what is said where it is broken."""
        self._coding = coding
        self._source = source
        self._caps = caps or Caps()
        self._received = 0
        self._given = 0
        self._waiting = b""
        """What is fed, and not unpacked yet."""
        self._stream: _Stream | None = None
        """None before the first one, and between two."""
        self._whole = False
        """Whether a stream came to its end."""

    def feed(self, data: bytes) -> None:
        """Take the body's next bytes."""
        self._received += len(data)
        self._waiting = self._waiting + data if self._waiting else data

    def next(self) -> bytes:
        """Return the file's next bytes, `PORTION` at the most; none where more of the body is needed first.

        Raises CodedBodyError where the body is not of its coding, or would become more than the caps allow.
        """
        while (stream := self._stream or self._opened()) is not None:
            portion = self._unpacked(stream)
            if portion or self._stream is not None:
                return portion
        return b""

    def finish(self) -> None:
        """Raise TruncatedBodyError unless the body came to the end that its coding marks."""
        if self._stream is not None or not self._whole:
            raise TruncatedBodyError(f"{self._source}: the body ended before the end of its {self._coding} coding")

    def _opened(self) -> _Stream | None:
        """Return the next stream; None as long as too little of it is there."""
        if self._whole:
            self._check_beyond()
        if self._coding == "gzip":
            self._stream = zlib.decompressobj(_GZIP) if self._waiting else None
        elif len(self._waiting) >= _ZLIB_HEADER:
            self._stream = zlib.decompressobj(_ZLIB if _has_zlib_header(self._waiting) else _RAW)
        return self._stream

    def _check_beyond(self) -> None:
        """See that what lies behind a stream may: another member of gzip, or its padding (RFC 1952, 2.2)."""
        if self._coding == "gzip":
            self._waiting = self._waiting.lstrip(b"\0")
        elif self._waiting:
            raise CodedBodyError(f"{self._source} sends bytes behind the end of its {self._coding} coding")

    def _unpacked(self, stream: _Stream) -> bytes:
        allowed = self._caps.of(self._received) - self._given
        try:
            portion = stream.decompress(self._waiting, max(1, min(PORTION, allowed)))
        except zlib.error as error:
            raise CodedBodyError(f"{self._source} sends what is no {self._coding}, or damaged: {error}") from error
        if len(portion) > allowed:
            raise CodedBodyError(
                f"{self._source} sends {self._received} bytes that become more than {self._given}: that is no"
                " compressed file, but a bomb; without --compressed the file comes as it is"
            )
        self._given += len(portion)
        if stream.eof:
            self._waiting, self._stream, self._whole = stream.unused_data, None, True
        else:
            self._waiting = stream.unconsumed_tail
        return portion


def _has_zlib_header(data: bytes) -> bool:
    """Whether deflate comes in zlib's wrapping, as it should (RFC 9110, 8.4.1.2); many servers send it bare.

    No compressor begins bare deflate like this: it would be a stored block whose padding is not zero.
    """
    return data[0] & 0x8F == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0
