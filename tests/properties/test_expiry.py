"""Whatever a URL's query is, looking for its time does no harm; and a time that is there is found."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.expiry import expiry_of, is_over
from rheo.domain.url import parse_url

NAMES = st.sampled_from(["Expires", "exp", "se", "X-Amz-Date", "X-Amz-Expires", "X-Goog-Expires", "Policy", "a"])
VALUES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="&#"), max_size=40)
OTHERS = st.lists(st.tuples(st.sampled_from(["a", "sig", "X-Amz-Signature", "v"]), VALUES), max_size=4)
TIMES = st.datetimes(datetime(2002, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001  (made aware)
    lambda time: time.replace(microsecond=0)
)


def url(pairs):
    return parse_url("https://cdn.example/a?" + "&".join(f"{name}={value}" for name, value in pairs))


@given(st.lists(st.tuples(NAMES, VALUES), max_size=8))
def test_no_query_is_too_odd(pairs):
    found = expiry_of(url(pairs))
    assert found is None or found.tzinfo is UTC


@given(TIMES, OTHERS, st.integers(0, 4))
def test_a_time_is_found_wherever_it_stands(time, others, place):
    pairs = [*others[:place], ("Expires", int(time.timestamp())), *others[place:]]
    assert expiry_of(url(pairs)) == time


@given(TIMES, st.integers(0, 604_800))
def test_a_duration_counts_from_its_beginning(begin, seconds):
    pairs = [("X-Amz-Date", begin.strftime("%Y%m%dT%H%M%SZ")), ("X-Amz-Expires", seconds)]
    assert expiry_of(url(pairs)) == begin + timedelta(seconds=seconds)


@given(TIMES, st.lists(st.integers(0, 10**6), min_size=1, max_size=2))
def test_it_is_over_from_the_earliest_time_on(time, later):
    names = zip(("exp", "expires"), later, strict=False)
    link = url([(name, int(time.timestamp()) + seconds) for name, seconds in names])
    end = time + timedelta(seconds=min(later))
    assert is_over(link, end)
    assert not is_over(link, end - timedelta(seconds=1))
