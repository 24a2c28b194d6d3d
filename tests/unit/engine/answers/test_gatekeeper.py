"""Invariant 1: one function decides whether an answer's bytes may be written at an offset."""

from datetime import UTC, datetime

import pytest

from rheo.domain.errors import (
    CodedBodyError,
    HttpStatusError,
    NoFileError,
    ProtocolError,
    RangeMismatchError,
    RedirectError,
)
from rheo.domain.resource import Likeness, Resource, compare
from rheo.domain.url import parse_url
from rheo.engine.answers.gatekeeper import Ask, Changed, Follow, Plainly, Refuse, Take, Unchanged, Whole, judge
from rheo.transport.base import Head

URL = parse_url("https://a.example/big.iso")
KNOWN = Resource(size=1000, etag='"one"', content_type="application/octet-stream", ranged=True)
NOW = datetime(2026, 11, 27, tzinfo=UTC)

OPENING = Ask(url=URL, opening=True)
PLAIN = Ask(url=URL, opening=True, ranged=False)
LATER = Ask(url=URL, start=400, stop=600)


def answer(status, **fields):
    return Head("1.1", status, {name.replace("_", "-"): value for name, value in fields.items()})


def partial(span, **fields):
    return answer(206, content_range=f"bytes {span}", **fields)


def verdict(ask, head, known=None):
    return judge(ask, head, known, lambda: NOW)


# --- the first request


def test_the_first_range_says_size_and_version():
    taken = verdict(OPENING, partial("0-999/1000", etag='"one"', content_length="1000"))

    assert (taken.start, taken.stop, taken.skipped) == (0, 1000, 0)
    assert taken.resource == Resource(size=1000, etag='"one"', ranged=True)


def test_nothing_changed_is_an_answer_to_a_condition_alone():
    asked = OPENING._replace(unless=("If-None-Match", '"one"'))

    assert isinstance(verdict(asked, answer(304)), Unchanged)
    assert isinstance(verdict(OPENING, answer(304)), Refuse)
    assert isinstance(verdict(asked, partial("0-999/1000")), Take)


def test_a_server_that_sends_less_at_a_time_is_asked_for_the_rest():
    assert verdict(OPENING, partial("0-99/1000")).stop == 100


def test_a_server_that_knows_no_ranges_sends_the_single_stream():
    taken = verdict(OPENING, answer(200, content_length="1000", accept_ranges="bytes"))

    assert (taken.start, taken.stop, taken.resource.ranged) == (0, 1000, False)


@pytest.mark.parametrize(
    "head",
    [
        *(answer(status) for status in (400, 403, 405, 416, 501)),
        partial("5-999/1000"),
        partial("0-999/*"),
        partial("0-1000/1000"),
        partial("9-5/1000"),
        partial("*/1000"),
        answer(206, content_range="items 0-999/1000"),
        answer(206, content_type="multipart/byteranges; boundary=x"),
        answer(206),
        answer(416, content_range="bytes */1000"),
    ],
    ids=str,
)
def test_what_may_be_said_of_the_range_alone_is_asked_once_more_without_one(head):
    assert isinstance(verdict(OPENING, head), Plainly)
    assert isinstance(verdict(PLAIN, head), Refuse)


def test_an_empty_file_has_no_range_to_send():
    taken = verdict(OPENING, answer(416, content_range="bytes */0"))

    assert (taken.start, taken.stop, taken.resource.size) == (0, 0, 0)


@pytest.mark.parametrize(("status", "error"), [(404, HttpStatusError), (204, NoFileError), (304, NoFileError)])
def test_a_refusal_is_an_error(status, error):
    assert isinstance(verdict(OPENING, answer(status)).error, error)


@pytest.mark.parametrize("length", ["-5", "42s", "100, 200"])
def test_a_length_that_is_none_is_no_answer(length):
    with pytest.raises(ProtocolError):
        verdict(OPENING, answer(200, content_length=length))


@pytest.mark.parametrize("length", ["999", "1001"])
def test_a_length_other_than_the_range_makes_both_unbelievable(length):
    assert isinstance(verdict(OPENING, partial("0-999/1000", content_length=length)), Plainly)
    later = verdict(LATER, partial("400-599/1000", content_length=length), KNOWN)
    assert isinstance(later.error, RangeMismatchError)


def test_a_redirect_is_followed_wherever_it_comes():
    head = answer(302, location="https://b.example/x")

    assert verdict(OPENING, head) == verdict(LATER, head, KNOWN) == Follow(parse_url("https://b.example/x"), 302)
    with pytest.raises(RedirectError):
        verdict(OPENING, answer(302))


# --- a later one


def test_the_range_that_was_asked_for_is_taken():
    taken = verdict(LATER, partial("400-599/1000", etag='"one"'), KNOWN)

    assert isinstance(taken, Take)
    assert (taken.start, taken.stop, taken.skipped) == (400, 600, 0)


def test_a_shorter_range_is_taken_as_far_as_it_goes():
    assert verdict(LATER, partial("400-449/1000", etag='"one"'), KNOWN).stop == 450


def test_what_a_cache_sends_before_the_range_is_skipped():
    taken = verdict(LATER, partial("300-599/1000", etag='"one"'), KNOWN)

    assert (taken.start, taken.stop, taken.skipped) == (400, 600, 100)


def test_a_total_that_the_server_does_not_know_is_no_contradiction():
    assert isinstance(verdict(LATER, partial("400-599/*", etag='"one"'), KNOWN), Take)


@pytest.mark.parametrize(
    "head",
    [
        partial("500-599/1000"),
        partial("393-592/1000"),
        partial("400-600/1000"),
        partial("0-399/1000"),
        answer(206, content_type="multipart/byteranges; boundary=x"),
        answer(206, content_range="items 400-599/1000"),
        answer(206),
    ],
    ids=str,
)
def test_other_bytes_than_those_asked_for_are_refused(head):
    assert isinstance(verdict(LATER, head, KNOWN).error, RangeMismatchError)


def test_bytes_that_come_far_too_early_are_refused():
    ask = Ask(url=URL, start=5_000_000, stop=5_000_100)
    known = Resource(size=10_000_000, ranged=True)

    assert isinstance(verdict(ask, partial("0-5000099/10000000"), known), Refuse)


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", "application/xhtml+xml"])
def test_a_page_in_the_place_of_a_later_part_is_refused(kind):
    assert isinstance(verdict(LATER, partial("400-599/1000", content_type=kind), KNOWN).error, NoFileError)
    assert isinstance(verdict(LATER, answer(200, content_type=kind), KNOWN).error, NoFileError)


def test_a_page_that_is_the_file_itself_goes_on():
    known = Resource(size=1000, content_type="text/html", ranged=True)

    assert isinstance(verdict(LATER, partial("400-599/1000", content_type="text/html"), known), Take)


def test_a_part_that_was_coded_on_the_way_is_refused():
    head = partial("400-599/1000", content_encoding="gzip")

    assert isinstance(verdict(LATER, head, KNOWN).error, CodedBodyError)


def test_the_whole_file_again_is_never_written_in_the_middle():
    assert verdict(LATER, answer(200, etag='"one"', content_length="1000"), KNOWN) == Whole(
        Resource(size=1000, etag='"one"'), Likeness.SAME
    )
    other = verdict(LATER, answer(200, etag='"two"', content_length="1000"), KNOWN)
    assert other.likeness is Likeness.DOUBTFUL


@pytest.mark.parametrize(
    ("head", "certain"),
    [
        (partial("400-599/1001", etag='"one"'), True),
        (partial("400-599/1000", etag='"two"'), False),
        (answer(416, content_range="bytes */300"), True),
    ],
    ids=str,
)
def test_another_version_is_told_from_the_head(head, certain):
    changed = verdict(LATER, head, KNOWN)

    assert isinstance(changed, Changed)
    assert changed.certain is certain


@pytest.mark.parametrize("status", [403, 416, 429, 503])
def test_a_later_refusal_is_not_asked_again_without_a_range(status):
    assert isinstance(verdict(LATER, answer(status), KNOWN).error, HttpStatusError)


# --- validators


@pytest.mark.parametrize(
    ("etag", "modified", "date", "validator"),
    [
        ('"x"', None, None, '"x"'),
        ('W/"x"', None, None, None),
        (None, "Fri, 27 Nov 2026 10:00:00 GMT", "Fri, 27 Nov 2026 10:01:00 GMT", "Fri, 27 Nov 2026 10:00:00 GMT"),
        (None, "Fri, 27 Nov 2026 10:00:00 GMT", "Fri, 27 Nov 2026 10:00:59 GMT", None),
        (None, "Fri, 27 Nov 2026 10:00:00 GMT", None, None),
        ('W/"x"', "Fri, 27 Nov 2026 10:00:00 GMT", "Fri, 27 Nov 2026 12:00:00 GMT", "Fri, 27 Nov 2026 10:00:00 GMT"),
        (None, None, None, None),
    ],
)
def test_only_what_is_strong_pins_a_version(etag, modified, date, validator):
    fields = {"etag": etag, "last-modified": modified, "date": date, "content-range": "bytes 0-9/10"}
    head = Head("1.1", 206, {name: value for name, value in fields.items() if value is not None})

    assert verdict(OPENING, head).resource.validator == validator


@pytest.mark.parametrize(
    ("known", "answered", "likeness"),
    [
        (Resource(size=1), Resource(size=2), Likeness.OTHER),
        (Resource(size=1), Resource(), Likeness.SAME),
        (Resource(etag='"a"'), Resource(etag='"b"'), Likeness.DOUBTFUL),
        (Resource(etag='"a"', last_modified="x"), Resource(etag='"b"', last_modified="x"), Likeness.DOUBTFUL),
        (Resource(etag='"a"', last_modified="x"), Resource(etag='"b"', last_modified="y"), Likeness.OTHER),
        (Resource(etag='"a"'), Resource(etag='W/"a"'), Likeness.SAME),
        (Resource(etag='"a"', last_modified="x"), Resource(etag='"a"', last_modified="y"), Likeness.SAME),
        (Resource(last_modified="x"), Resource(last_modified="y"), Likeness.OTHER),
        (Resource(last_modified="x"), Resource(), Likeness.SAME),
        (Resource(etag='"a"'), Resource(last_modified="y"), Likeness.DOUBTFUL),
        (Resource(etag='W/"a"'), Resource(last_modified="y"), Likeness.SAME),
    ],
)
def test_what_two_answers_say_of_a_version_is_compared(known, answered, likeness):
    assert compare(known, answered) is likeness
