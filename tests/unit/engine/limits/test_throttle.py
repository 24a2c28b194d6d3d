"""The throttle beside senders of known speed, in a time that does not pass: what each download gets, and when."""

from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count

import pytest

from rheo.config import override
from rheo.domain.settings import Settings
from rheo.domain.timetable import Timetable
from rheo.engine.limits.lane import weight_of
from rheo.engine.limits.throttle import MOST_HOSTS, TICK, Throttle

STEP = 0.0025
HOST = "files.example"


class Clock:
    """Goes on when it is told to, and calls who is due."""

    def __init__(self):
        self.time = 0.0
        self._due = []
        self._number = count()

    def now(self):
        return datetime(2026, 11, 30, 7, 59, 50, tzinfo=UTC) + timedelta(seconds=self.time)

    def monotonic(self):
        return self.time

    def call_later(self, delay, callback):
        timer = Timer(callback)
        heappush(self._due, (self.time + delay, next(self._number), timer))
        return timer

    def pass_to(self, time):
        self.time = time
        while self._due and self._due[0][0] <= time:
            heappop(self._due)[2].ring()


class Timer:
    def __init__(self, callback):
        self._callback = callback

    def cancel(self):
        self._callback = lambda: None

    def ring(self):
        self._callback()


class Sender:
    """A body that comes as fast as its line, in chunks; what is held up waits at the line."""

    def __init__(self, meter, *, speed=1e9, chunk=16384):
        self.meter = meter
        self.speed = speed
        self.chunk = chunk
        self.ready = 0.0
        self.paused = False

    def resume(self):
        self.paused = False

    def step(self):
        self.ready = min(self.ready + self.speed * STEP, 4_000_000)
        size = min(self.chunk, self.meter.read or self.chunk)
        while not self.paused and self.ready >= size:
            if self.meter.taken >= self.meter.stop and self.meter.full(self):
                self.paused = True
                return
            self.meter.taken += size
            self.ready -= size


class Line:
    """Downloads that run, and what each of them has got at each moment."""

    def __init__(self, **settings):
        self.clock = Clock()
        self.throttle = Throttle(Settings(**settings), self.clock)
        self.senders = {}
        self.history = {}

    def begin(self, name, *, host=HOST, weight=1.0, connections=1, limit=None, **sender):
        lane = self.throttle.lane(weight=weight, host=host, limit=limit)
        self.senders[name] = (lane, [Sender(lane.meter(host), **sender) for _ in range(connections)])
        self.history[name] = [(self.clock.time, 0)]
        return lane

    def end(self, name):
        lane, _ = self.senders.pop(name)
        self.throttle.close(lane)

    def run(self, seconds):
        until = self.clock.time + seconds
        while self.clock.time < until - STEP / 2:
            self.clock.pass_to(self.clock.time + STEP)
            for name, (lane, senders) in self.senders.items():
                for sender in senders:
                    sender.step()
                taken = sum(flow.meter.taken for flow in lane.flows.values())
                self.history[name].append((self.clock.time, taken))

    def at(self, name, time):
        """Return what it had at a time, or rather in the middle between the ticks there."""
        history = self.history[name]
        before = [taken for when, taken in history if when <= time - TICK / 2]
        return before[-1] if before else 0

    def rate(self, name, since, until):
        return (self.at(name, until) - self.at(name, since)) / (until - since)

    def total(self, since, until):
        return sum(self.rate(name, since, until) for name in self.history)


def always(rate):
    return Timetable(int(rate))


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("rate", [64e3, 1e6, 200e6])
def test_one_download_gets_the_whole_limit_and_no_more_in_any_second(rate, connections):
    line = Line(limit_rate=always(rate))
    line.begin("a", connections=connections)
    line.run(4)
    for tenth in range(5, 30):
        assert line.rate("a", tenth / 10, tenth / 10 + 1) == pytest.approx(rate, rel=0.1)
    assert line.rate("a", 0.5, 4) == pytest.approx(rate, rel=0.02)


@pytest.mark.parametrize("rate", [64e3, 256e3, 20e6])
def test_so_do_a_hundred_together_as_far_as_they_run_at_once(rate):
    line = Line(limit_rate=always(rate))
    downloads = min(100, line.throttle.at_once)
    for number in range(downloads):
        line.begin(number)
    line.run(5)
    for tenth in range(10, 40):
        assert line.total(tenth / 10, tenth / 10 + 1) == pytest.approx(rate, rel=0.1)
    for number in range(downloads):
        assert line.rate(number, 1, 5) == pytest.approx(rate / downloads, rel=0.1)


def test_what_many_read_first_is_not_more_than_the_limit_brings_soon():
    """It comes with the answers' heads, before anybody can be held up."""
    line = Line(limit_rate=always(10e6))
    lanes = [line.begin(number) for number in range(100)]
    assert sum(lane.meter(HOST).read for lane in lanes) < 0.3 * 10e6


def test_weights_hold_while_a_third_comes_and_goes():
    line = Line(limit_rate=always(10e6))
    line.begin("one", weight=1.0)
    line.begin("three", weight=3.0)
    line.run(2)
    line.begin("guest", weight=4.0)
    line.run(2)
    line.end("guest")
    line.run(2)
    assert line.rate("one", 0.5, 2) == pytest.approx(2.5e6, rel=0.03)
    assert line.rate("three", 0.5, 2) == pytest.approx(7.5e6, rel=0.03)
    assert line.rate("one", 2.2, 4) == pytest.approx(1.25e6, rel=0.05)
    assert line.rate("three", 2.2, 4) == pytest.approx(3.75e6, rel=0.03)
    assert line.rate("guest", 2.2, 4) == pytest.approx(5e6, rel=0.03)
    assert line.rate("one", 4.2, 6) == pytest.approx(2.5e6, rel=0.03)
    assert line.rate("three", 4.2, 6) == pytest.approx(7.5e6, rel=0.03)


def test_weights_hold_though_a_share_is_smaller_than_a_chunk():
    line = Line(limit_rate=always(100e3))
    line.begin("one", weight=1.0)
    line.begin("three", weight=3.0)
    for _, senders in line.senders.values():
        for sender in senders:
            sender.step = lambda step=sender.step, meter=sender.meter: (setattr(meter, "read", None), step())
    line.run(20)
    assert line.rate("three", 2, 20) / line.rate("one", 2, 20) == pytest.approx(3, rel=0.15)
    assert line.total(2, 20) == pytest.approx(100e3, rel=0.05)


def test_who_cannot_use_its_share_leaves_it_to_the_others_at_once():
    line = Line(limit_rate=always(10e6))
    line.begin("slow", speed=1e6)
    line.begin("fast")
    line.run(1)
    assert line.rate("slow", 0.5, 1) == pytest.approx(1e6, rel=0.1)
    assert line.rate("fast", 0.5, 1) == pytest.approx(9e6, rel=0.05)


def test_who_becomes_faster_gets_its_share_back():
    line = Line(limit_rate=always(10e6))
    line.begin("late", speed=1e5)
    line.begin("fast")
    line.run(2)
    line.senders["late"][1][0].speed = 1e9
    line.run(2)
    assert line.rate("late", 2.5, 4) == pytest.approx(5e6, rel=0.05)


def test_a_limit_holds_within_a_second_of_being_set_and_ends_likewise():
    line = Line()
    line.begin("a", speed=50e6)
    line.run(1)
    line.throttle.limit_total(always(1e6))
    line.run(2)
    line.throttle.limit_total(always(5e6))
    line.run(2)
    line.throttle.limit_total(None)
    line.run(1)
    assert line.rate("a", 0.1, 1) == pytest.approx(50e6, rel=0.01)
    assert line.rate("a", 1.1, 3) == pytest.approx(1e6, rel=0.05)
    assert line.rate("a", 3.1, 5) == pytest.approx(5e6, rel=0.05)
    assert line.rate("a", 5.2, 6) == pytest.approx(50e6, rel=0.1)


def test_a_timetable_takes_over_within_a_second_of_its_time():
    line = Line(limit_rate=override(Settings(), {"limit_rate": "Mon 08:00-09:00 1M; 4M; in UTC"}).limit_rate)
    line.begin("a")
    line.run(9.9)
    changes = []
    line.throttle.on_change = lambda: changes.append(line.throttle.at_once)
    line.run(3.1)
    assert changes == [64]
    assert line.rate("a", 2, 10) == pytest.approx(4 * 1024**2, rel=0.02)
    assert line.rate("a", 11.1, 13) == pytest.approx(1024**2, rel=0.05)


def test_so_it_does_where_one_who_begins_just_then_finds_it_first():
    line = Line(limit_rate=override(Settings(), {"limit_rate": "Mon 08:00-09:00 4M; 1M; in UTC"}).limit_rate)
    line.begin("a")
    line.run(9.9)
    changes = []
    line.throttle.on_change = lambda: changes.append(line.throttle.at_once)
    line.run(0.2)
    line.begin("b")
    line.run(1)
    assert changes == [256]


def test_one_with_a_limit_of_its_own_begins_at_once_where_a_timetable_allows_all():
    line = Line(limit_rate=override(Settings(), {"limit_rate": "Mon 08:00-09:00 4M; off; in UTC"}).limit_rate)
    line.begin("a")
    line.run(0.1)
    line.begin("b", limit=always(1e6))
    line.run(0.5)
    assert line.at("b", 0.6) == pytest.approx(0.5e6, rel=0.2)


def test_a_hosts_limit_holds_nobody_else_back():
    line = Line(limit_rate=always(10e6), hosts={"slow.example": {"limit_rate": always(1e6)}})
    for name, host in (("a", "slow.example"), ("b", "slow.example"), ("c", "fast.example")):
        line.begin(name, host=host)
    line.run(3)
    assert line.rate("a", 1, 3) + line.rate("b", 1, 3) == pytest.approx(1e6, rel=0.05)
    assert line.rate("a", 1, 3) == pytest.approx(line.rate("b", 1, 3), rel=0.1)
    assert line.rate("c", 1, 3) == pytest.approx(9e6, rel=0.05)


def test_each_download_may_have_a_limit_of_its_own_over_all_its_hosts():
    line = Line(limit_rate_per_download=always(1e6))
    lane = line.begin("a")
    mirror = Sender(lane.meter("mirror.example"))
    line.senders["a"][1].append(mirror)
    line.begin("b", speed=2e5)
    line.run(3)
    assert line.rate("a", 0.5, 3) == pytest.approx(1e6, rel=0.03)
    assert mirror.meter.taken == pytest.approx(0.5 * line.at("a", 3), rel=0.1)
    assert line.rate("b", 0.5, 3) == pytest.approx(2e5, rel=0.1)


def test_what_a_host_says_of_each_download_goes_before_what_all_say_even_off():
    said = {"limit_rate_per_download": None}
    line = Line(limit_rate_per_download=always(1e6), hosts={"free.example": said})
    line.begin("a", host="free.example", speed=5e6)
    line.begin("b", speed=5e6)
    line.run(1)
    line.throttle.limit_each(always(2e6))
    line.run(2)
    assert line.rate("a", 0.5, 3) == pytest.approx(5e6, rel=0.03)
    assert line.rate("b", 1.5, 3) == pytest.approx(2e6, rel=0.03)


def test_who_needs_more_to_be_in_time_gets_just_that():
    line = Line(limit_rate=always(10e6))
    line.begin("hurried").least = 8e6
    line.begin("other")
    line.run(6)
    assert line.rate("hurried", 1, 6) == pytest.approx(8e6, rel=0.02)
    assert line.rate("other", 1, 6) == pytest.approx(2e6, rel=0.05)


def test_many_small_files_one_after_another_keep_to_the_limit_too():
    line = Line(limit_rate=always(1e6))
    for number in range(100):
        for place in range(8):
            line.begin((number, place))
        line.run(0.08)
        for place in range(8):
            line.end((number, place))
    whole = sum(line.history[name][-1][1] for name in line.history)
    assert whole <= 1e6 * line.clock.time * 1.02 + 8 * 16384
    assert whole >= 0.8e6 * line.clock.time


def test_a_lane_knows_whether_the_limit_or_the_line_makes_it_slow():
    line = Line(limit_rate=always(10e6))
    limited, slow = line.begin("limited"), line.begin("slow", speed=1e6)
    assert limited.limited
    line.run(2)
    assert limited.limited
    assert limited.connections is not None
    assert not slow.limited
    assert slow.connections is None
    line.throttle.limit_total(None)
    assert not limited.limited


@pytest.mark.parametrize(("rate", "downloads"), [(None, None), (10, 1), (64 * 1024, 4), (10**9, 61035)])
def test_of_few_bytes_a_second_few_downloads_live(rate, downloads):
    allowed = None if rate is None else always(rate)
    assert Throttle(Settings(limit_rate=allowed), Clock()).at_once == downloads


def test_nothing_ticks_where_nothing_is_limited_or_nothing_runs():
    line = Line(limit_rate=always(1e6))
    line.begin("a")
    line.run(0.2)
    line.end("a")
    line.run(0.2)
    assert line.clock._due == []
    free = Line()
    free.begin("a")
    assert free.clock._due == []


def test_no_priority_is_so_high_that_others_know_no_limit():
    line = Line(limit_rate=always(1e6))
    line.begin("first", weight=weight_of(10**400), speed=1e5)
    line.begin("last", weight=weight_of(-(10**400)), speed=50e6)
    line.run(3)
    assert line.total(1, 3) == pytest.approx(1e6, rel=0.03)


@pytest.mark.parametrize(("priority", "weight"), [(0, 1), (1, 2), (2, 3), (-1, 1 / 2), (-3, 1 / 4)])
def test_a_priority_is_a_weight(priority, weight):
    assert weight_of(priority) == weight


def test_hosts_that_nothing_limits_and_nobody_uses_are_forgotten_and_others_are_not():
    throttle = Throttle(Settings(), Clock())
    throttle.limit_host(HOST, Timetable(1_000_000))
    used = throttle.lane()
    used.meter("used.example")
    in_use = throttle._hosts["used.example"]
    for number in range(10 * MOST_HOSTS):
        lane = throttle.lane()
        lane.meter(f"host{number}.example")
        throttle.close(lane)
    assert len(throttle._hosts) <= MOST_HOSTS
    assert throttle._hosts[HOST].allowed is not None
    assert throttle._hosts["used.example"] is in_use
