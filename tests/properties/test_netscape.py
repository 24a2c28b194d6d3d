"""What holds for every cookies.txt, and for every text that is none."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.cookies import Cookie
from rheo.domain.errors import InvalidCookieError
from rheo.domain.netscape import parse_cookies, write_cookies

TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters=";"), max_size=20)
COOKIES = st.builds(
    lambda value, **rest: Cookie(value=value if rest["name"] else value or "x", **rest),
    name=TEXTS.map(lambda text: text.replace("=", "")),
    value=TEXTS,
    domain=st.from_regex(r"[a-z0-9_-]{1,9}\.[a-z]{1,9}", fullmatch=True),
    host_only=st.booleans(),
    path=TEXTS.map("/{}".format),
    secure=st.booleans(),
    http_only=st.booleans(),
    expires=st.none() | st.integers(1, 253402300799).map(float),
)
FIELDS = st.lists(
    st.sampled_from(
        ["h.com", ".h.com", "TRUE", "FALSE", "/", "0", "-1", "1799999999.5", "", "a", "b=c", "#HttpOnly_h.com"]
    )
    | st.text(max_size=5),
    max_size=9,
).map("\t".join)
FILES = st.text() | st.lists(FIELDS, max_size=5).map("\n".join) | st.binary().map(lambda data: data.decode("latin-1"))
LONG = 1_000_000


@given(st.lists(COOKIES, max_size=5))
def test_what_is_written_is_read_back(cookies: list[Cookie]) -> None:
    assert parse_cookies(write_cookies(cookies), place="here") == cookies


@given(FILES)
def test_any_text_is_cookies_or_refused_in_a_sentence(text: str) -> None:
    try:
        cookies = parse_cookies(text, place="here")
    except InvalidCookieError as error:
        assert error.message.isprintable()  # noqa: PT017
        assert error.message.startswith("here")  # noqa: PT017
        return
    assert parse_cookies(write_cookies(cookies), place="here") == cookies


@pytest.mark.parametrize(
    "piece", ["\n", "\t", " ", "#", "#\n", "[", " \n", "1.", "\r", "Cookie", ":", "h.com\tFALSE\t/\tFALSE\t0\ta\tb\n"]
)
def test_a_long_text_is_read_in_linear_time(piece: str) -> None:
    started = time.process_time()
    with suppress(InvalidCookieError):
        parse_cookies(piece * (LONG // len(piece)), place="here")
    assert time.process_time() - started < 10
