"""Whether a host is down, whatever becomes of the requests there, and whenever."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rheo.domain.errors import ConnectError, ResolveError
from rheo.engine.politeness.outage import FRESH, NOBODY, SEVERAL, STALE, Outage
from rheo.engine.retries.retry import GiveUp, RetryPolicy

REFUSED = ConnectError("http://host: no connection: connection refused")
DOWNLOADS = st.integers(1, 6)


def down(now=0.0):
    outage = Outage()
    for download in range(SEVERAL):
        outage.failed(download, now)
    return outage


class Life(RuleBasedStateMachine):
    """Downloads that ask as they may, find somebody or nobody, and are stopped."""

    def __init__(self):
        super().__init__()
        self.outage = Outage()
        self.now = 0.0
        self.asking = set()
        self.trying = None

    @rule(seconds=st.floats(0, 100))
    def pass_time(self, seconds):
        self.now += seconds

    @rule(download=DOWNLOADS)
    def ask(self, download):
        if download not in self.asking and self.outage.turn(self.now) <= self.now:
            if self.outage.down:
                assert self.trying is None
                self.trying = download
            self.outage.begin(download)
            self.asking.add(download)

    @precondition(lambda self: self.asking)
    @rule(data=st.data(), delay=st.floats(0, 60), gives_up=st.booleans())
    def find_nobody(self, data, delay, gives_up):
        download = data.draw(st.sampled_from(sorted(self.asking)))
        if self.outage.failed(download, self.now):
            if gives_up:
                self.outage.give_up(REFUSED, self.now)
            else:
                self.outage.wait(delay, self.now)
        self._end(download)

    @precondition(lambda self: self.asking)
    @rule(data=st.data())
    def find_somebody(self, data):
        self.outage.answered()
        self.trying = None
        assert self.outage.turn(self.now) <= self.now
        assert not self.outage.noted
        self._end(data.draw(st.sampled_from(sorted(self.asking))))

    @precondition(lambda self: self.asking)
    @rule(data=st.data())
    def stop(self, data):
        self._end(data.draw(st.sampled_from(sorted(self.asking))))

    @rule()
    def insist(self):
        self.outage.insist(self.now)
        if self.trying is None:
            assert self.outage.turn(self.now) <= self.now

    @invariant()
    def somebody_may_try_sooner_or_later(self):
        if self.trying is None:
            assert self.outage.turn(self.now) <= self.now + FRESH

    @invariant()
    def only_a_host_that_is_down_is_given_up_and_says_so(self):
        if self.outage.given_up:
            assert self.outage.down
            assert "not asked again for this file" in self.outage.error().message

    def _end(self, download):
        self.asking.discard(download)
        self.outage.ended(download)
        if self.trying == download:
            self.trying = None


TestLife = Life.TestCase


@given(st.lists(st.integers(1, SEVERAL - 1), max_size=30))
def test_fewer_downloads_than_several_never_take_a_host_down_however_often_they_are_tried(downloads):
    outage = Outage()
    assert not any(outage.failed(download, 0.0) for download in downloads)
    assert not outage.down


@given(st.lists(DOWNLOADS, max_size=40))
def test_who_was_under_way_when_a_host_went_down_is_no_round(requests):
    outage = down()
    for download in requests:
        assert not outage.failed(download + SEVERAL, 1.0)
    assert outage.rounds == 1
    assert outage.tries == SEVERAL + len(requests)


def test_each_who_is_not_asked_for_gets_an_error_of_its_own_that_says_how_often_the_host_was_tried():
    outage = down()
    outage.begin(9)
    outage.failed(9, 32.0)
    outage.give_up(REFUSED, 32.0)
    assert outage.error() is not outage.error()
    assert outage.error().message == (
        "http://host: no connection: connection refused, 4 tries in 32 s; not asked again for this file"
    )


@given(st.sampled_from(NOBODY), st.booleans())
def test_the_error_is_as_that_of_who_tried_last(kind, transient):
    error = ResolveError("words", transient=transient) if kind is ResolveError else kind("words")
    outage = down()
    outage.give_up(error, 0.0)
    assert type(outage.error()) is kind
    assert outage.error().transient is error.transient


def test_what_was_found_long_ago_is_forgotten():
    outage = Outage()
    outage.failed(1, 0.0)
    outage.failed(2, 0.0)
    assert not outage.failed(3, STALE + 1)
    gone = down()
    gone.wait(1.0, 0.0)
    assert gone.turn(STALE + 1) == STALE + 1


def tries_of_one(policy, jitters, seconds):
    """Return when each try of a lone download ends, of which each lasts so long."""
    now, failures, tries = seconds, 1, [seconds]
    while True:
        verdict = policy.next(REFUSED, failures=failures, failing_for=now - seconds, jitter=jitters[failures - 1])
        if isinstance(verdict, GiveUp):
            return tries
        now = now + verdict.delay + seconds
        failures += 1
        tries.append(now)


def tries_of_many(policy, jitters, seconds, *, downloads):
    """Return the same for a host with so many downloads, a few of which ask at once in the beginning."""
    outage, now, tries = Outage(), seconds, [seconds]
    for download in range(SEVERAL):
        failed = outage.failed(download, now)
    waiting = iter(range(SEVERAL, downloads))
    while True:
        assert failed
        verdict = policy.next(
            REFUSED, failures=outage.rounds, failing_for=outage.failing_for(now), jitter=jitters[outage.rounds - 1]
        )
        if isinstance(verdict, GiveUp):
            return tries
        outage.wait(verdict.delay, now)
        now = outage.turn(now)
        download = next(waiting)
        outage.begin(download)
        now += seconds
        failed = outage.failed(download, now)
        tries.append(now)


@given(
    attempts=st.integers(0, 10),
    max_time=st.floats(0, 600),
    jitters=st.lists(st.floats(0, 1), min_size=12, max_size=12),
    seconds=st.floats(0.001, 40),
)
def test_a_host_is_tried_as_often_and_as_long_as_one_download_alone_would_be(attempts, max_time, jitters, seconds):
    policy = RetryPolicy(attempts=attempts, max_time=max_time)
    assert tries_of_many(policy, jitters, seconds, downloads=100) == tries_of_one(policy, jitters, seconds)
