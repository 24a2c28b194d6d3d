"""What holds for every head and field, however odd."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.errors import ProtocolError
from rheo.transport.base import Head
from rheo.transport.headers import (
    LONGEST_WAIT,
    content_length,
    http_date,
    parse_head,
    parse_http_date,
    parse_retry_after,
)

TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2069, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.lists(st.binary(max_size=40).map(lambda line: line + b"\r\n"), max_size=6))
def test_any_lines_are_a_head_or_a_protocol_error(lines: list[bytes]) -> None:
    for given_lines in (lines, [b"HTTP/1.1 200 OK\r\n", *lines]):
        try:
            head = parse_head(given_lines)
        except ProtocolError as error:
            assert "\x1b" not in error.message  # noqa: PT017
            continue
        assert all(name == name.strip().lower() for name in head.fields)


@given(st.text() | st.text(st.sampled_from("0123456789,- +s"), max_size=20))
def test_any_length_is_a_size_or_a_protocol_error(written: str) -> None:
    try:
        length = content_length(Head("1.1", 200, {"content-length": written}))
    except ProtocolError:
        return
    assert length is not None
    assert 0 <= length < 2**63


@given(TIMES)
def test_a_date_is_the_same_after_writing_and_reading(time: datetime) -> None:
    whole = time.replace(microsecond=0)
    for form in ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"):
        assert parse_http_date(whole.strftime(form)) == whole


@given(st.text() | st.text(st.sampled_from("0123456789-. eSunNovGMT,:"), max_size=40), TIMES)
def test_any_wait_is_finite(written: str, now: datetime) -> None:
    seconds = parse_retry_after(written, now)
    assert seconds is None or 0 <= seconds <= LONGEST_WAIT


@given(TIMES)
def test_a_time_is_read_as_it_was_written(time: datetime) -> None:
    whole = time.replace(microsecond=0)
    written = http_date(time.timestamp())
    assert written == whole.strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert parse_http_date(written) == whole


@given(st.floats())
def test_what_is_no_time_is_not_written(seconds: float) -> None:
    written = http_date(seconds)
    assert written is None or written.isascii()
