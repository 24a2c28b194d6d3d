"""What the lines of a head mean, among them all that real servers get wrong."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rheo.domain.errors import ProtocolError
from rheo.transport.base import Head
from rheo.transport.headers import (
    LONGEST_WAIT,
    content_length,
    media_type,
    parse_head,
    parse_http_date,
    parse_retry_after,
)

NOW = datetime(1994, 11, 6, 8, 49, 0, tzinfo=UTC)


def head(**fields: str) -> Head:
    return Head("1.1", 200, {name.replace("_", "-"): value for name, value in fields.items()})


@pytest.mark.parametrize(
    ("line", "version", "status"),
    [
        (b"HTTP/1.1 200 OK\r\n", "1.1", 200),
        (b"HTTP/1.0 404 Not Found\r\n", "1.0", 404),
        (b"HTTP/2 200 \r\n", "2", 200),
        (b"HTTP/3 206\r\n", "3", 206),
        (b"HTTP/1.1 200\n", "1.1", 200),
        (b"HTTP/1.1 200 \xff\xfe\r\n", "1.1", 200),
    ],
)
def test_a_status_line_has_version_and_status(line: bytes, version: str, status: int) -> None:
    assert parse_head([line]) == Head(version, status, {})


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [b""],
        [b"ICY 200 OK\r\n"],
        [b"HTTP/1.1 OK\r\n"],
        [b"HTTP/1.1 099 Odd\r\n"],
        [b"HTTP/1.1 2000 Odd\r\n"],
        [b"HTTP/1.1 200OK\r\n"],
        [b"HTTP/0.9 200 OK\r\n"],
        [b"HTTP/1.1 2\xb200 OK\r\n"],
        [b"HTTP/1.1 200 OK\0\r\n"],
        [b"HTTP/1.1 200 OK\r\n", b"no colon\r\n"],
        [b"HTTP/1.1 200 OK\r\n", b": no name\r\n"],
        [b"HTTP/1.1 200 OK\r\n", b"X: \0\r\n"],
    ],
)
def test_rubbish_is_no_head(lines: list[bytes]) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_head(lines)
    assert caught.value.message.isprintable()


def test_a_message_about_rubbish_is_short_and_steers_no_terminal() -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_head([b"HTTP/1.1 200 OK\r\n", b"\x1b[2J" * 1000 + b"\r\n"])
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 400


def test_names_are_lower_case_and_values_trimmed() -> None:
    lines = [b"HTTP/1.1 200 OK\r\n", b'ETag:\t "a:b" \t\r\n', b"X-Empty:\r\n", b"X-Lf: a\n"]
    assert parse_head(lines).fields == {"etag": '"a:b"', "x-empty": "", "x-lf": "a"}


def test_cookies_are_joined_by_line_ends_for_they_have_commas() -> None:
    date = "Expires=Sun, 06 Nov 1994 08:49:37 GMT"
    one = parse_head([b"HTTP/1.1 200 OK\r\n", f"Set-Cookie: a=b; {date}\r\n".encode()])
    assert one.fields == {"set-cookie": f"a=b; {date}"}

    lines = [f"Set-Cookie: a=b; {date}\r\n", "Via: x\r\n", "set-cookie: c=d,e\r\n", "SET-COOKIE: f=g;\r\n", " h\r\n"]
    several = parse_head([b"HTTP/1.1 200 OK\r\n", *map(str.encode, lines)])
    assert several.fields == {"set-cookie": f"a=b; {date}\nc=d,e\nf=g; h", "via": "x"}


def test_repeated_fields_are_joined_in_order() -> None:
    lines = [b"HTTP/1.1 200 OK\r\n", b"Via: a\r\n", b"X: 1\r\n", b"via: b\r\n", b"VIA: c\r\n"]
    assert parse_head(lines).fields == {"via": "a, b, c", "x": "1"}


def test_continued_lines_are_one() -> None:
    lines = [b"HTTP/1.1 200 OK\r\n", b"X: a\r\n", b"\t b:c\r\n", b"  d \r\n", b"Y: e\r\n"]
    assert parse_head(lines).fields == {"x": "a b:c d", "y": "e"}


def test_a_value_is_utf_8_where_it_can_be_and_latin_1_elsewhere() -> None:
    lines = [b"HTTP/1.1 200 OK\r\n", "X: \u00e9\u4f8b\r\n".encode(), b"Y: \xe9\r\n"]
    assert parse_head(lines).fields == {"x": "\u00e9\u4f8b", "y": "\u00e9"}


def test_many_repeated_fields_take_no_quadratic_time() -> None:
    fields = parse_head([b"HTTP/1.1 200 OK\r\n", *[b"a: b\r\n"] * 200_000]).fields
    assert len(fields["a"]) == 200_000 * 3 - 2


@pytest.mark.parametrize(("written", "length"), [("0", 0), ("42", 42), ("42, 42", 42), ("42,042 , 42", 42)])
def test_a_length_is_a_number_or_several_equal_ones(written: str, length: int) -> None:
    assert content_length(head(content_length=written)) == length


@pytest.mark.parametrize(
    "written", ["", "-1", "+1", "42s", "4 2", "42, 43", "42,", "0x10", "1.0", "\u0664", "\u00b2", "9" * 19, "9" * 5000]
)
def test_a_length_that_is_none_is_a_framing_error(written: str) -> None:
    with pytest.raises(ProtocolError):
        content_length(head(content_length=written))


def test_without_its_field_or_with_chunks_the_length_is_unknown() -> None:
    assert content_length(head()) is None
    assert content_length(head(content_length="42", transfer_encoding="chunked")) is None


def test_a_media_type_has_no_parameters() -> None:
    assert media_type(" Text/HTML ; charset=utf-8") == "text/html"
    assert media_type("") == ""


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "sun, 6 nov 1994 08:49:37 UTC",
    ],
)
def test_a_date_has_three_forms(text: str) -> None:
    assert parse_http_date(text) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(("digits", "year"), [("69", 2069), ("70", 1970), ("99", 1999), ("00", 2000)])
def test_a_year_of_two_digits_is_after_1970(digits: str, year: int) -> None:
    assert parse_http_date(f"Sunday, 06-Nov-{digits} 08:49:37 GMT") == datetime(year, 11, 6, 8, 49, 37, tzinfo=UTC)


def test_a_leap_second_is_the_one_before_it() -> None:
    assert parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "rubbish",
    [
        "",
        "0",
        "-1",
        "yesterday",
        "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 30 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nix 1994 08:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 06 Nov 99999 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 08:49:37 +0900",
        "Sun, 06 Nov 1994 08:49:37 GMT\n",
        "Sun Nov    08:49:37 1994",
    ],
)
def test_rubbish_is_no_date(rubbish: str) -> None:
    assert parse_http_date(rubbish) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("-5", 0.0),
        ("1.5", 1.5),
        ("9999999999", LONGEST_WAIT),
        ("9" * 5000, LONGEST_WAIT),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 37.0),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0.0),
        ("Sun, 06 Nov 9999 08:49:37 GMT", LONGEST_WAIT),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
        ("", None),
    ],
)
def test_a_wait_is_seconds_or_a_date_and_never_absurd(text: str, seconds: float | None) -> None:
    assert parse_retry_after(text, NOW) == seconds
