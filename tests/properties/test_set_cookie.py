"""What holds for every Set-Cookie line and date, however odd."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.set_cookie import MOST_BYTES, parse_cookie_date, parse_set_cookie

ODD_LINES = st.text() | st.text(st.sampled_from("ab=;, \tDomainPthMx-Age0.\r\n\0\u212a\ud800"), max_size=60)
LONG = 1_000_000


@given(ODD_LINES)
def test_what_a_line_says_is_bounded_and_without_blanks_around(line: str) -> None:
    said = parse_set_cookie(line)
    if said is None:
        return
    assert "=" not in said.name
    assert said.name == said.name.strip(" \t")
    assert said.value == said.value.strip(" \t")
    assert 0 < len((said.name + said.value).encode("utf-8", "surrogatepass")) <= MOST_BYTES


@given(st.text() | st.text(st.sampled_from("0123456789 :-,SunNovGMT/"), max_size=40))
def test_any_date_is_a_time_or_none(text: str) -> None:
    moment = parse_cookie_date(text)
    assert moment is None or -11_644_473_600 <= moment < 253_402_300_800


@pytest.mark.parametrize("piece", ["; ", "=", ";a=b", "; Expires=1 ", "; Domain=.", " ", "1:1:1 ", "; Max-Age=1"])
def test_a_long_line_is_read_in_linear_time(piece: str) -> None:
    started = time.process_time()
    parse_set_cookie("a=b" + piece * (LONG // len(piece)))
    parse_cookie_date(piece * (LONG // len(piece)))
    assert time.process_time() - started < 10
