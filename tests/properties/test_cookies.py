"""What holds for every cookie that anybody sets, and every URL that it may go to."""

from __future__ import annotations

import ipaddress
from itertools import takewhile

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.cookies import MOST_FROM_ANSWERS, MOST_SENT, CookieJar
from rheo.domain.url import Url, parse_url
from rheo.storage.public_suffixes import PublicSuffixes

NOW = 1_800_000_000.0
SUFFIXES = PublicSuffixes()

HOSTS = st.sampled_from(
    [
        "com",
        "co.uk",
        "example.com",
        "example.co.uk",
        "www.example.com",
        "a.www.example.com",
        "badexample.com",
        "example.com.evil.org",
        "github.io",
        "me.github.io",
        "localhost",
        "a.localhost",
        "1.2.3.4",
        "9.1.2.3.4",
        "127.1",
        "0x7f.1",
        "kobe.jp",
        "x.kobe.jp",
        "a.x.kobe.jp",
    ]
) | st.from_regex(r"[a-c]{1,2}(\.[a-c]{1,2}){0,3}", fullmatch=True)
DOTS = st.sampled_from(["", "."])
PATHS = st.sampled_from(["/", "/a", "/a/", "/a/b", "/ab", "/a/b/c?x=/y"])
URLS = st.builds(
    lambda scheme, host, path: parse_url(f"{scheme}://{host}{path}"),
    st.sampled_from(["http", "https"]),
    st.builds(lambda host, dot: host + dot, HOSTS, DOTS) | st.just("[::1]"),
    PATHS,
)
NAMES = st.sampled_from(["a", "b", "", "__Host-a", "__Secure-a"])
ATTRIBUTES = (
    st.builds(lambda dot, host, end: f"Domain={dot}{host}{end}", DOTS, HOSTS.map(str.swapcase) | HOSTS, DOTS)
    | PATHS.map("Path={}".format)
    | st.sampled_from(
        ["Secure", "HttpOnly", "Max-Age=0", "Max-Age=60", "Max-Age=-", "SameSite=Lax", "Domain=", "Path="]
    )
    | st.sampled_from(["Expires=Sun, 06 Nov 2094 08:49:37 GMT", "Expires=Sun, 06 Nov 1994 08:49:37 GMT", "Expires=x"])
)
ENDS = st.lists(ATTRIBUTES, max_size=5).map(lambda attributes: "".join(f"; {one}" for one in attributes))
LINES = st.builds(lambda name, value, end: f"{name}={value}{end}", NAMES, st.sampled_from(["1", "2", ""]), ENDS)
ODD_LINES = st.text() | st.text(st.sampled_from("ab=;, \tDomainPthMx-Age0.\r\n\0\u212a\ud800"), max_size=60) | LINES


@given(ODD_LINES, URLS, URLS)
def test_any_line_is_a_cookie_or_ignored(line: str, url: Url, other: Url) -> None:
    jar = CookieJar(SUFFIXES.has)
    jar.take(url, line, NOW)
    jar.take_all(url, line, NOW)
    for place in (url, other):
        header = jar.header_for(place, NOW)
        assert header is None or not any(ord(one) < 32 or ord(one) == 127 for one in header)


@given(st.lists(st.tuples(URLS, NAMES, ENDS), max_size=8), URLS)
def test_a_cookie_never_goes_to_a_host_outside_its_domain(answers: list[tuple[Url, str, str]], url: Url) -> None:
    """Told by a simpler reading of the rules, which sees only who set it and who gets it."""
    jar = CookieJar(SUFFIXES.has)
    for number, (source, name, end) in enumerate(answers):
        jar.take(source, f"{name}={number}{end}", NOW)
    for pair in (jar.header_for(url, NOW) or "").split("; "):
        if not pair:
            continue
        source, _, end = answers[int(pair.rpartition("=")[2])]
        assert related(bare(source), bare(url))
        assert url.scheme == "https" or "; Secure" not in end
        assert bare(source) == bare(url) or "; Domain=" in end


@given(st.lists(st.tuples(URLS, LINES), max_size=8))
def test_plain_http_changes_no_secure_cookie(answers: list[tuple[Url, str]]) -> None:
    jar = CookieJar(SUFFIXES.has)
    for url, line in answers:
        before = {cookie for cookie in jar if cookie.secure}
        jar.take(url, line, NOW)
        if url.scheme == "http":
            assert {cookie for cookie in jar if cookie.secure} == before


@given(st.lists(st.tuples(URLS, LINES, st.integers(0, 120)), max_size=200))
def test_what_answers_leave_is_bounded(answers: list[tuple[Url, str, int]]) -> None:
    jar = CookieJar(SUFFIXES.has)
    for url, line, later in answers:
        jar.take(url, line.replace("=", f"{len(jar)}=", 1), NOW + later)
        assert len((jar.header_for(url, NOW) or "").encode()) <= MOST_SENT
    assert len(jar) <= MOST_FROM_ANSWERS
    assert len(list(jar)) == len(set(jar)) == len(jar)
    jar.drop_expired(NOW + 60)
    assert not any(cookie.expired(NOW + 60) for cookie in jar)


def bare(url: Url) -> str:
    return url.host.removesuffix(".")


def related(one: str, other: str) -> bool:
    """Whether two hosts are the same, or share a domain that somebody registered."""
    if one == other:
        return True
    if is_address(one) or is_address(other):
        return False
    pairs = zip(reversed(one.split(".")), reversed(other.split(".")), strict=False)
    shared = [label for label, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
    return len(shared) >= 2 and ".".join(reversed(shared)) not in {"co.uk", "github.io", "kobe.jp", "x.kobe.jp"}


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host in {"127.1", "0x7f.1", "9.1.2.3.4"}
    return True
