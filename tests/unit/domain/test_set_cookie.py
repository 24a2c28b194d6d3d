"""What a Set-Cookie line says, among them all that browsers must bear."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rheo.domain.set_cookie import SetCookie, parse_cookie_date, parse_set_cookie

MOMENT = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("a=b", "a", "b"),
        (" a\t= \tb ", "a", "b"),
        ("a=b=c", "a", "b=c"),
        ('a="b c"', "a", '"b c"'),
        ("a=", "a", ""),
        ("a", "", "a"),
        ("=a", "", "a"),
        ("=a=b", "", "a=b"),
        ("a=b; c=d", "a", "b"),
        ("a=b;", "a", "b"),
        ("a b=c, d", "a b", "c, d"),
        ("ä=ö", "ä", "ö"),
    ],
)
def test_name_and_value_stand_before_the_first_semicolon(line: str, name: str, value: str) -> None:
    assert parse_set_cookie(line) == SetCookie(name=name, value=value)


@pytest.mark.parametrize(
    "line", ["", "=", " ; ", ";a=b", "\0", "a=b\0", "a=b\r", "a=b\nc=d", "a=b; Path=/\x7f", "a\x01=b"]
)
def test_nothing_and_control_characters_are_no_cookie(line: str) -> None:
    assert parse_set_cookie(line) is None


def test_name_and_value_have_4096_bytes_together() -> None:
    assert parse_set_cookie("a=" + "b" * 4095) is not None
    assert parse_set_cookie("a=" + "b" * 4096) is None
    assert parse_set_cookie("a=" + "ö" * 2047) is not None
    assert parse_set_cookie("a=" + "ö" * 2048) is None


@pytest.mark.parametrize(
    ("attributes", "domain"),
    [
        ("Domain=example.com", "example.com"),
        ("DOMAIN = .EXAMPLE.com ", "example.com"),
        ("domain=..example.com", ".example.com"),
        ("Domain=a.com; Domain=b.com", "b.com"),
        ("Domain=a.com; Domain=", None),
        ("Domain", None),
        ("Domain=.", None),
        ("Domain=\u212aobe.jp", "\u212aobe.jp"),
        ("Domain=" + "a" * 1025, None),
    ],
)
def test_the_last_domain_counts_without_its_leading_dot(attributes: str, domain: str | None) -> None:
    said = parse_set_cookie(f"a=b; {attributes}")
    assert said is not None
    assert said.domain == domain


@pytest.mark.parametrize(
    ("attributes", "path"),
    [
        ("Path=/a/B", "/a/B"),
        ("path=/", "/"),
        ("Path=a", None),
        ("Path=", None),
        ("Path=/a; Path=b", None),
        ("Path=/a; Path=/b", "/b"),
        ("Path=/" + "a" * 1024, None),
    ],
)
def test_the_last_path_counts_if_it_begins_with_a_slash(attributes: str, path: str | None) -> None:
    said = parse_set_cookie(f"a=b; {attributes}")
    assert said is not None
    assert said.path == path


@pytest.mark.parametrize(
    ("attributes", "age"),
    [
        ("Max-Age=60", 60),
        ("max-age = 0", 0),
        ("Max-Age=-1", -1),
        ("Max-Age=1; Max-Age=2", 2),
        ("Max-Age=1; Max-Age=x", 1),
        ("Max-Age=-", None),
        ("Max-Age=", None),
        ("Max-Age=+60", None),
        ("Max-Age=1.5", None),
        ("Max-Age=60s", None),
        ("Max-Age=\u0661", None),
        ("Max-Age=" + "9" * 1024, int("9" * 1024)),
    ],
)
def test_a_greatest_age_is_a_number_of_seconds(attributes: str, age: int | None) -> None:
    said = parse_set_cookie(f"a=b; {attributes}")
    assert said is not None
    assert said.max_age == age


def test_flags_count_whatever_their_value() -> None:
    assert parse_set_cookie("a=b; SECURE; httponly=no; SameSite=Strict; Priority=High; ;") == SetCookie(
        name="a", value="b", secure=True, http_only=True
    )
    assert parse_set_cookie("a=b; Secure-ish; Http Only") == SetCookie(name="a", value="b")


def test_the_last_date_that_is_one_counts() -> None:
    said = parse_set_cookie(
        "a=b; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Expires=x"
    )
    assert said is not None
    assert said.expires == MOMENT


def test_the_value_is_in_no_repr() -> None:
    assert "hunter2" not in repr(parse_set_cookie("a=hunter2"))


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "06 November 1994 8:49:37",
        "1994 Nov 06 08:49:37",  # the day is the first number of at most two digits
        "08:49:37 6 nov 94",
        "6th nov. 94th 08:49:37.123",
        "Sun,06/Nov/1994;08:49:37+0200",
        "Sun, 06 Nov 1994 08:49:37 PST",
    ],
)
def test_a_date_is_read_in_whatever_order(text: str) -> None:
    assert parse_cookie_date(text) == MOMENT


@pytest.mark.parametrize(
    ("year", "full"), [("69", 2069), ("70", 1970), ("99", 1999), ("00", 2000), ("1601", 1601), ("9999", 9999)]
)
def test_a_year_may_have_two_digits(year: str, full: int) -> None:
    assert parse_cookie_date(f"1 jan {year} 00:00:00") == datetime(full, 1, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "Sun, 06 Nov 1994",
        "Nov 1994 08:49:37",
        "06 1994 08:49:37",
        "06 Nov 08:49:37",
        "00 Nov 1994 08:49:37",
        "31 Feb 1994 08:49:37",
        "32 Jan 1994 08:49:37",
        "06 Nov 1994 24:00:00",
        "06 Nov 1994 08:60:00",
        "06 Nov 1994 08:49:60",
        "06 Nov 1994 08:49",
        "06 Nov 1600 08:49:37",
        "06 Nov 123 08:49:37",
        "06 Nov 19940 08:49:37",
        "06 Nov 1994 008:49:37",
        "\u0660\u0666 Nov 1994 08:49:37",
    ],
)
def test_half_a_date_is_none(text: str) -> None:
    assert parse_cookie_date(text) is None
