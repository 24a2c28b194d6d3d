"""Queued downloads that stand aside while their host is down, or takes no more requests: nobody holds a slot for that.

They come back one by one, as its gate lets requests pass: those first that it has refused, and one alone, that it has
not, where it is only tried whether it takes any. Where that lasts, they are told as if they had been refused
themselves. Where the host is down, one alone tries that, too, until it is given up, and all fail.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from rheo.application.queue import Queue
from rheo.domain.download import Download, DownloadId, DownloadRequest
from rheo.domain.errors import RheoError
from rheo.domain.url import Origin
from rheo.engine.clock import Timer
from rheo.engine.politeness.line import Line
from rheo.engine.retries.healing import request_by_link
from rheo.engine.surroundings import Surroundings

logger = logging.getLogger(__name__)

ASIDE: Final = 60.0
"""Seconds that a download stays queued for its host; where it is more, it waits, and shows until when."""

IN_VAIN: Final = 5
"""How often in a row a host is tried in vain until that counts for each one that stands aside."""

SPACING: Final = 0.005
"""Seconds between two that come back, at the least: the first one's request is to be on its way."""

WORTH_TELLING: Final = 10.0
"""Seconds of a wait that people are told of who did not ask."""

ROOMS: Final = 256
"""Hosts of which is remembered, though nobody stands aside, who was let in last."""

_MOST: Final = 1.0
"""Seconds between two looks at who may come back."""


class _Room:
    """Those who stand aside for one host."""

    def __init__(self, origin: Origin, line: Line) -> None:
        self.line = line
        self._origin = origin
        self.fresh = Queue()
        self.refused = Queue()
        """Those that the host has refused before."""
        self.let_in = False
        """Whether who came back last has not begun yet."""
        self.due = 0.0
        """Nobody comes back before this time."""
        self.timer: Timer | None = None
        self.told = 0.0
        """Until when the wait lasts that was told of last."""

    def __len__(self) -> int:
        return len(self.fresh) + len(self.refused)

    def ids(self) -> Iterator[DownloadId]:
        """Yield all of them, those first that were refused."""
        yield from (*self.refused.ids(), *self.fresh.ids())

    def push(self, download: Download, *, again: bool) -> None:
        """Have one more; whether the host has refused it is told by `again`."""
        (self.refused if again else self.fresh).push(download.id, priority=download.priority, origin=self._origin)

    def take(self) -> DownloadId:
        """Return who comes back next; there must be one."""
        first, second = (self.fresh, self.refused) if self.line.gate.tries else (self.refused, self.fresh)
        queue = first if len(first) else second
        download = queue.peek()
        assert download is not None
        queue.remove(download)
        return download

    def may_go(self, now: float) -> bool:
        """Whether one more download may ask."""
        return self.line.empty and now >= self.due and self.line.opens(now) <= now


class ClosedHosts:
    """All of them, by host; lives on the engine's loop."""

    def __init__(
        self,
        around: Surroundings,
        *,
        opened: Callable[[Sequence[DownloadId]], None],
        refused: Callable[[DownloadId, RheoError], None],
        given_up: Callable[[DownloadId, RheoError], None],
    ) -> None:
        """Tell `opened` who may ask now.

        One by one, `refused` is told whose host takes nothing for long, and `given_up` whose is not asked any more.
        """
        self._around = around
        self._opened = opened
        self._refused = refused
        self._given_up = given_up
        self._rooms: dict[Origin, _Room] = {}
        self._enough = ROOMS
        self._aside: dict[DownloadId, Origin] = {}
        self._let_in: dict[DownloadId, _Room] = {}
        """Those who came back, or try whether their host is there, and have not begun yet."""
        self._trying: dict[DownloadId, Line] = {}
        """Those who try that until their end."""

    def lets_pass(self, download: Download) -> bool:
        """Whether a download may ask now, or try whether its host is there; who has mirrors may, as another one may be.

        Whoever may once, may until it begins.
        """
        if download.request.mirrors or download.id in self._let_in:
            return True
        origin = self._origin(download.request)
        if not self._around.lines[origin].guarded and not self._rooms.get(origin):
            return True
        room = self._room(origin)
        if len(room) or not room.may_go(self._around.clock.monotonic()):
            return False
        if room.line.outage.down:
            self._let_in_alone(download.id, room)
        return True

    def admit(self, download: Download) -> None:
        """Note that a download asks now."""
        if not self._rooms or self._has_begun(download.id) or download.request.mirrors:
            return
        room = self._rooms.get(self._origin(download.request))
        if room is not None:
            self._let_go(room, self._around.clock.monotonic())

    def take(self, download: Download) -> None:
        """Have a download stand aside until its host takes it."""
        origin = self._origin(download.request)
        room = self._room(origin)
        if room.line.outage.given_up:
            self._given_up(download.id, room.line.outage.error())
            return
        if self._is_long(room):
            self._refused(download.id, room.line.error())
            return
        room.push(download, again=bool(download.spared or download.failures))
        self._aside[download.id] = origin
        self._plan(room)
        self._tell(origin, room)

    def ended(self, download: DownloadId) -> None:
        """Note that one asks no more: where it tried whether its host is there, another one may."""
        line = self._trying.pop(download, None)
        if line is not None:
            line.outage.ended(download)
            line.look_soon()

    def drop(self, download: DownloadId) -> None:
        """Forget one, if it stands aside or has just come back."""
        self._has_begun(download)
        self.ended(download)
        origin = self._aside.pop(download, None)
        if origin is not None:
            self._rooms[origin].fresh.remove(download)
            self._rooms[origin].refused.remove(download)

    def reprioritise(self, download: Download) -> None:
        """Have one that stands aside, if it does, come back in the order of its priority."""
        origin = self._aside.get(download.id)
        if origin is not None:
            self._rooms[origin].push(download, again=download.id in self._rooms[origin].refused)

    def insist(self, request: DownloadRequest, *, though_closed: bool) -> None:
        """Have a host tried though it is down, or even though it asked to wait, as the user wants that."""
        line, now = self._around.lines[self._origin(request)], self._around.clock.monotonic()
        if not line.guarded:
            return
        line.outage.insist(now)
        if though_closed:
            line.gate.insist(now)
        line.look_soon()

    def close(self) -> None:
        """Let nobody come back any more."""
        for room in self._rooms.values():
            room.line.on_change = None
            if room.timer is not None:
                room.timer.cancel()
        self._aside.clear()
        self._let_in.clear()
        self._trying.clear()

    def _origin(self, request: DownloadRequest) -> Origin:
        """Return the host that counts: the one that is asked, or the one to which that probably leads."""
        hosts = self._around.hosts
        asked = self._around.asked(request_by_link(request).url).origin
        led = hosts.leads_to(asked)
        elsewhere = led is not None and hosts[led].gate.guarded and not hosts[asked].gate.guarded
        return led if led is not None and elsewhere else asked

    def _room(self, origin: Origin) -> _Room:
        room = self._rooms.get(origin)
        if room is None:
            self._forget()
            room = self._rooms[origin] = _Room(origin, self._around.lines[origin])
            room.line.on_change = partial(self._look, room)
        return room

    def _forget(self) -> None:
        """Where there are too many rooms, forget those that nobody needs."""
        if len(self._rooms) < self._enough:
            return
        now = self._around.clock.monotonic()
        for origin, room in list(self._rooms.items()):
            if not (len(room) or room.let_in) and room.may_go(now):
                room.line.on_change = None
                del self._rooms[origin]
        self._enough = max(ROOMS, 2 * len(self._rooms))

    def _look(self, room: _Room) -> None:
        """Let those come back who may ask, and tell those of a wait that lasts."""
        now = self._around.clock.monotonic()
        if room.line.outage.given_up:
            self._send_away(room, self._given_up, room.line.outage.error)
        elif len(room) and self._is_long(room):
            self._send_away(room, self._refused, room.line.error)
        if not room.line.guarded and not room.let_in:
            self._open(room)
        while len(room) and not room.let_in and room.may_go(now):
            download = room.take()
            del self._aside[download]
            self._let_in_alone(download, room)
            self._let_go(room, now)
            self._opened([download])
        self._plan(room)

    def _send_away(
        self, room: _Room, tell: Callable[[DownloadId, RheoError], None], error: Callable[[], RheoError]
    ) -> None:
        for download in list(room.ids()):
            self.drop(download)
            tell(download, error())

    def _open(self, room: _Room) -> None:
        """Let all come back, as the host is like any other again."""
        back = list(room.ids())
        for download in back:
            self.drop(download)
        if back:
            self._opened(back)

    def _let_in_alone(self, download: DownloadId, room: _Room) -> None:
        """Let nobody else in before this one has begun; where the host is down, not before it has ended."""
        self._let_in[download], room.let_in = room, True
        if room.line.outage.down:
            room.line.outage.begin(download)
            self._trying[download] = room.line

    def _has_begun(self, download: DownloadId) -> bool:
        """Note that one begins, or never will; whether it is one that came back."""
        room = self._let_in.pop(download, None)
        if room is None:
            return False
        room.let_in = False
        self._plan(room)
        return True

    def _let_go(self, room: _Room, now: float) -> None:
        room.due = now + max(room.line.gate.interval(now), SPACING)

    def _is_long(self, room: _Room) -> bool:
        gate, now = room.line.gate, self._around.clock.monotonic()
        return gate.closed(now) and (gate.opens - now > ASIDE or gate.vain >= IN_VAIN)

    def _plan(self, room: _Room) -> None:
        """Look again when somebody may come back; as long as one who did waits for a slot, nobody may."""
        if room.timer is not None:
            room.timer.cancel()
            room.timer = None
        if len(room) and not room.let_in:
            now = self._around.clock.monotonic()
            delay = min(max(room.line.opens(now), room.due) - now, _MOST)
            room.timer = self._around.clock.call_later(max(delay, 0.001), partial(self._look, room))

    def _tell(self, origin: Origin, room: _Room) -> None:
        """Say once per wait why nothing comes from there, once all are known who wait."""
        gate = room.line.gate
        if room.told >= gate.opens:
            return
        room.told = gate.opens
        seconds = gate.opens - self._around.clock.monotonic()
        level = logging.WARNING if seconds >= WORTH_TELLING else logging.INFO
        self._around.clock.call_later(
            0.0,
            lambda: logger.log(level, "%s takes no requests for %.0f s; waiting: %d", origin, seconds, len(room)),
        )
