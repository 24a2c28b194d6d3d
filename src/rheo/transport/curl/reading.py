"""How much libcurl reads from the socket of one exchange at once."""

from __future__ import annotations

from typing import Final

import pycurl

from rheo.domain.progress import SpeedMeter
from rheo.transport.meter import Meter
from rheo.transport.reads import Reads, window_for

SMOOTHING: Final = 1.0
"""Seconds after which a change of speed counts by 63 %."""


class Reading:
    """The reads of one exchange: as large as suits its line, what limits allow, and the memory there is.

    libcurl hands over at most 16 KiB a call, whatever it has read; what the receiver does not take of the rest waits in
    memory. Another size is heeded with the next read: the buffer is one for all handles (since libcurl 8.7).
    """

    def __init__(self, handle: pycurl.Curl, reads: Reads) -> None:
        self._handle = handle
        self._reads = reads
        self._size = 0
        """What libcurl was told; 0: nothing."""
        self._window = 0
        """Bytes that the server of a stream may send ahead; 0: as many as libcurl likes."""
        self._meter: Meter
        self._speeds: SpeedMeter | None = None
        """None until a look at the time: most requests are over before that."""
        self._speed = 0.0
        self._round_trip = 0.0
        self._under_way = False
        self._shared = False

    def begin(self, meter: Meter, *, shared: bool) -> None:
        """Read for another request; of its line nothing is known. `shared`: perhaps it is a stream among others."""
        self._shared = shared
        self._meter, self._speeds = meter, None
        self._speed = self._round_trip = 0.0
        if not self._under_way:
            self._under_way = True
            self._reads.among += 1
        self.fit()

    def measure(self, received: int, now: float, *, round_trip: float | None) -> None:
        """Take how much came until now, and fit the reads to that."""
        if self._speeds is None:
            self._speeds = SpeedMeter(smoothing=SMOOTHING)
        self._speed = self._speeds.sample(received, now)
        self._round_trip = round_trip or self._round_trip
        self.fit()

    def fit(self) -> None:
        """Have libcurl read no more at once than may be taken."""
        size = self._reads.size(self._speed, self._round_trip)
        size = size if self._meter.read is None else min(size, self._meter.read)
        if size != self._size:
            self._handle.setopt(pycurl.BUFFERSIZE, size)
            self._size = size

    def fit_window(self) -> None:
        """Have a server send little of what cannot be taken: streams share a socket, which the others have us read.

        Not to be done while the exchange is paused.
        """
        window = window_for(self._meter.read) if self._shared else 0
        if window != self._window:
            self._handle.setopt(pycurl.MAX_RECV_SPEED_LARGE, window)
            self._window = window

    def end(self) -> None:
        """Leave the memory to the others."""
        if self._under_way:
            self._under_way = False
            self._reads.among -= 1
