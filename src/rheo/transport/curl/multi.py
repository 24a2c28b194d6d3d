"""Has libcurl perform exchanges on the running loop: its sockets, its one timer, and who has come to an end.

pycurl's own driver gives each exchange a timer of the loop, and each future a callback: 38 more calls for a file, of
which there may be thousands a second.
"""

from __future__ import annotations

import asyncio
from math import inf

import pycurl


class Multi:
    """The connections of one libcurl multi handle, and the exchanges on them; lives on one loop."""

    def __init__(self) -> None:
        self._multi = pycurl.CurlMulti()
        self._loop: asyncio.AbstractEventLoop
        self._under_way: dict[pycurl.Curl, asyncio.Future[pycurl.Curl]] = {}
        self._watched: dict[int, int] = {}
        """What is waited for on each socket, as libcurl says it; none that it waits for nothing on."""
        self._due = inf
        """When libcurl wants to be called though nothing happens, in the loop's time."""
        self._timer: asyncio.TimerHandle | None = None
        """Rings then, or before: what was set for an earlier time is not worth being set anew."""
        self._soon = False
        """Whether libcurl is called in this round of the loop or the next one."""
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)

    def setopt(self, option: int, value: int) -> None:
        """Set an option of the multi handle."""
        self._multi.setopt(option, value)

    def add(self, handle: pycurl.Curl) -> asyncio.Future[pycurl.Curl]:
        """Have a handle performed; the future is done at its end, with the pycurl.error of one that failed.

        Whoever ceases to await it has to `remove` the handle.
        """
        self._loop = asyncio.get_running_loop()
        over = self._loop.create_future()
        self._multi.add_handle(handle)
        self._under_way[handle] = over
        return over

    def remove(self, handle: pycurl.Curl) -> None:
        """Cancel the future of a handle, and have it performed no more; one that has ended is not touched."""
        over = self._under_way.pop(handle, None)
        if over is not None:
            self._multi.remove_handle(handle)
            over.cancel()

    def close(self) -> None:
        """Cancel everything, and close all connections."""
        for handle in list(self._under_way):
            self.remove(handle)
        self._multi.close()
        for descriptor in list(self._watched):
            self._on_socket(pycurl.POLL_REMOVE, descriptor)
        self._due = inf
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_socket(self, wanted: int, descriptor: int, *_: object) -> None:
        """Wait for this on a socket from now on, and for nothing else."""
        if wanted == pycurl.POLL_REMOVE:
            wanted = pycurl.POLL_NONE
        changed = wanted ^ self._watched.pop(descriptor, pycurl.POLL_NONE)
        if wanted:
            self._watched[descriptor] = wanted
        if changed & pycurl.POLL_IN:
            if wanted & pycurl.POLL_IN:
                self._loop.add_reader(descriptor, self._act, descriptor, pycurl.CSELECT_IN)
            else:
                self._loop.remove_reader(descriptor)
        if changed & pycurl.POLL_OUT:
            if wanted & pycurl.POLL_OUT:
                self._loop.add_writer(descriptor, self._act, descriptor, pycurl.CSELECT_OUT)
            else:
                self._loop.remove_writer(descriptor)

    def _on_timer(self, milliseconds: int) -> None:
        """Take when libcurl wants to be called; not within this call, as it is in the middle of another one."""
        if milliseconds == 0:
            self._due = inf
            if not self._soon:
                self._soon = True
                self._loop.call_soon(self._call_now)
            return
        self._due = inf if milliseconds < 0 else self._loop.time() + milliseconds / 1000
        if self._due < inf and (self._timer is None or self._due < self._timer.when()):
            self._ring_at(self._due)

    def _ring_at(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._due <= self._loop.time():
            self._due = inf
            self._act(pycurl.SOCKET_TIMEOUT, 0)
        elif self._due < inf:
            self._ring_at(self._due)

    def _call_now(self) -> None:
        self._soon = False
        self._act(pycurl.SOCKET_TIMEOUT, 0)

    def _act(self, descriptor: int, what: int) -> None:
        """Have libcurl do what can be done now, and tell those who await what has come to its end."""
        if self._multi.closed:
            return
        try:
            self._multi.socket_action(descriptor, what)
        except pycurl.error as error:
            for handle in list(self._under_way):
                self._end(handle, error)
            return
        _, well, badly = self._multi.info_read()
        for handle in well:
            self._end(handle, None)
        for handle, code, message in badly:
            self._end(handle, pycurl.error(code, message))

    def _end(self, handle: pycurl.Curl, error: pycurl.error | None) -> None:
        over = self._under_way.pop(handle, None)
        if over is None:
            return
        self._multi.remove_handle(handle)
        if over.done():
            return  # who awaited it was cancelled just now
        if error is None:
            over.set_result(handle)
        else:
            over.set_exception(error)
