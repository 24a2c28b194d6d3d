"""Which cookies a server may set, and where they go."""

from __future__ import annotations

import pytest

from rheo.domain.cookies import (
    LONGEST_AGE,
    MOST_FROM_ANSWERS,
    MOST_PER_ANSWER,
    MOST_PER_DOMAIN,
    MOST_SENT,
    Cookie,
    CookieJar,
)
from rheo.domain.errors import InvalidCookieError
from rheo.domain.url import parse_url
from rheo.storage.public_suffixes import PublicSuffixes

NOW = 1_000_000.5
SUFFIXES = PublicSuffixes()


def taken(url: str, *lines: str) -> CookieJar:
    jar = CookieJar(SUFFIXES.has)
    for line in lines:
        jar.take(parse_url(url), line, NOW)
    return jar


def sent(jar: CookieJar, url: str, now: float = NOW) -> str | None:
    return jar.header_for(parse_url(url), now)


@pytest.mark.parametrize(
    ("domain", "host_only", "url", "goes"),
    [
        ("example.com", True, "http://example.com/", True),
        ("example.com", True, "http://EXAMPLE.com/", True),
        ("example.com", True, "http://example.com./", True),
        ("example.com", True, "http://example.com:8080/", True),
        ("example.com", True, "http://www.example.com/", False),
        ("example.com", False, "http://example.com/", True),
        ("example.com", False, "http://www.example.com/", True),
        ("example.com", False, "http://a.b.example.com./", True),
        ("example.com", False, "http://badexample.com/", False),
        ("example.com", False, "http://example.com.evil.org/", False),
        ("example.com", False, "http://com/", False),
        ("www.example.com", False, "http://example.com/", False),
        ("1.2.3.4", True, "http://1.2.3.4/", True),
        ("1.2.3.4", True, "http://9.1.2.3.4/", False),
        ("::1", True, "http://[::1]/", True),
        ("::1", True, "http://[::2]/", False),
        ("localhost", True, "http://localhost/", True),
        ("localhost", True, "http://a.localhost/", False),
    ],
)
def test_a_cookie_goes_to_its_domain(domain: str, url: str, *, host_only: bool, goes: bool) -> None:
    jar = CookieJar(SUFFIXES.has)
    jar.set(Cookie(name="a", value="b", domain=domain, host_only=host_only))
    assert sent(jar, url) == ("a=b" if goes else None)


@pytest.mark.parametrize(
    ("path", "target", "goes"),
    [
        ("/", "/", True),
        ("/", "/a/b", True),
        ("/a", "/a", True),
        ("/a", "/a/", True),
        ("/a", "/a/b", True),
        ("/a", "/a?x=/b", True),
        ("/a/", "/a/b", True),
        ("/a/", "/a", False),
        ("/a", "/ab", False),
        ("/a", "/A", False),
        ("/a", "/", False),
        ("/a", "/?/a", False),
        ("/%61", "/a", False),
    ],
)
def test_a_cookie_goes_to_its_path_and_below(path: str, target: str, *, goes: bool) -> None:
    jar = CookieJar(SUFFIXES.has)
    jar.set(Cookie(name="a", value="b", domain="h.com", path=path))
    assert sent(jar, f"http://h.com{target}") == ("a=b" if goes else None)


@pytest.mark.parametrize("url", ["http://h.com/", "http://localhost/", "http://127.0.0.1/"])
def test_a_secure_cookie_goes_over_https_alone(url: str) -> None:
    jar = CookieJar(SUFFIXES.has)
    jar.set(Cookie(name="a", value="b", domain=parse_url(url).host, secure=True))
    assert sent(jar, url) is None
    assert sent(jar, url.replace("http:", "https:")) == "a=b"


def test_an_expired_cookie_goes_nowhere_and_can_be_dropped() -> None:
    jar = CookieJar(SUFFIXES.has)
    jar.set(Cookie(name="a", value="b", domain="h.com", expires=NOW))
    jar.set(Cookie(name="c", value="d", domain="h.com", expires=NOW + 1))
    jar.set(Cookie(name="e", value="f", domain="h.com"))
    assert sent(jar, "http://h.com/") == "c=d; e=f"
    assert len(jar) == 3
    jar.drop_expired(NOW)
    assert [cookie.name for cookie in jar] == ["c", "e"]


def test_longer_paths_go_first_then_older_cookies() -> None:
    jar = CookieJar(SUFFIXES.has)
    for name, domain, path in [
        ("a", "h.com", "/"),
        ("b", "h.com", "/x/"),
        ("c", "www.h.com", "/"),
        ("d", "h.com", "/x"),
    ]:
        jar.set(Cookie(name=name, value="1", domain=domain, path=path, host_only=False))
    jar.set(Cookie(name="a", value="2", domain="h.com", host_only=False))  # keeps its place
    assert sent(jar, "http://www.h.com/x/y") == "b=1; d=1; a=2; c=1"
    assert [cookie.name for cookie in jar] == ["a", "b", "c", "d"]


def test_a_cookie_without_name_is_its_value() -> None:
    assert sent(taken("http://h.com/", "only"), "http://h.com/") == "only"


def test_same_name_domain_and_path_is_the_same_cookie() -> None:
    jar = taken("http://h.com/x/y", "a=1", "a=2; Path=/", "a=3; Domain=h.com", "a=4")
    assert sent(jar, "http://h.com/x/z") == "a=4; a=3; a=2"


@pytest.mark.parametrize(
    ("url", "domain", "where"),
    [
        ("http://www.example.com/", "example.com", ("example.com", False)),
        ("http://www.example.com/", ".Example.COM", ("example.com", False)),
        ("http://www.example.com./", "example.com", ("example.com", False)),
        ("http://WWW.example.com/", "www.example.com", ("www.example.com", False)),
        ("http://www.example.com/", "", ("www.example.com", True)),
        ("http://www.example.com/", "example.com.", None),
        ("http://www.example.com/", "a.www.example.com", None),
        ("http://www.example.com/", "ample.com", None),
        ("http://www.example.com/", "other.com", None),
        ("http://www.example.com/", "..example.com", None),
        ("http://www.example.com/", "com", None),
        ("http://www.example.com/", ".COM", None),
        ("http://www.example.com./", "com.", None),
        ("http://www.example.co.uk/", "co.uk", None),
        ("http://www.example.co.uk/", "Co.Uk", None),
        ("http://www.example.co.uk./", "co.uk", None),
        ("http://www.example.co.uk./", "co.uk.", None),
        ("http://www.example.co.uk/", "example.co.uk", ("example.co.uk", False)),
        ("http://me.github.io/", "github.io", None),
        ("http://github.io/", "github.io", ("github.io", True)),
        ("http://a.b.nosuchtld/", "b.nosuchtld", ("b.nosuchtld", False)),
        ("http://b.nosuchtld/", "nosuchtld", None),
        ("http://a.xn--55qx5d.cn/", "xn--55qx5d.cn", None),  # 公司.cn
        ("http://localhost/", "localhost", ("localhost", True)),
        ("http://a.localhost/", "localhost", None),
        ("http://127.0.0.1/", "127.0.0.1", ("127.0.0.1", True)),
        ("http://127.0.0.1/", "0.0.1", None),
        ("http://127.0.0.1./", "0.0.1", None),
        ("http://127.0.1/", "0.1", None),
        ("http://127.0x1/", "0x1", None),
        ("http://127.0.0x1/", "0.0x1", None),
        ("http://[::1]/", "::1", ("::1", True)),
        ("http://[::ffff:1.2.3.4]/", "3.4", None),
        ("http://kobe.jp.example.com/", "\u212aobe.jp.example.com", None),
    ],
)
def test_a_host_may_speak_for_itself_and_its_own_domain(url: str, domain: str, where: tuple[str, bool] | None) -> None:
    jar = taken(url, f"a=b; Domain={domain}")
    assert [(cookie.domain, cookie.host_only) for cookie in jar] == ([] if where is None else [where])


@pytest.mark.parametrize(
    ("target", "attribute", "path"),
    [
        ("/", "", "/"),
        ("/a", "", "/"),
        ("/a/", "", "/a"),
        ("/a/b", "", "/a"),
        ("/a/b?c=/d/e", "", "/a"),
        ("/a/b", "; Path=/x", "/x"),
        ("/a/b", "; Path=x", "/a"),
        ("/a/b", "; Path=", "/a"),
    ],
)
def test_a_cookie_without_path_is_for_its_folder(target: str, attribute: str, path: str) -> None:
    assert [cookie.path for cookie in taken(f"http://h.com{target}", f"a=b{attribute}")] == [path]


@pytest.mark.parametrize(
    ("url", "line", "kept"),
    [
        ("https://h.com/", "a=b; Secure", True),
        ("http://h.com/", "a=b; Secure", False),
        ("http://localhost/", "a=b; Secure", False),
        ("https://h.com/", "__Secure-a=b; Secure", True),
        ("https://h.com/", "__Secure-a=b", False),
        ("https://h.com/", "__SECURE-a=b", False),
        ("http://h.com/", "__Secure-a=b; Secure", False),
        ("https://h.com/", "__Host-a=b; Secure; Path=/", True),
        ("https://h.com/", "__Host-a=b; Secure", False),
        ("https://h.com/", "__Host-a=b; Path=/", False),
        ("https://h.com/", "__Host-a=b; Secure; Path=/x", False),
        ("https://h.com/", "__host-a=b; Secure; Path=/; Domain=h.com", False),
        ("http://h.com/", "__Host-a=b; Path=/", False),
        ("https://h.com/", "=__Host-a=b; Secure; Path=/", False),
        ("https://h.com/", "__secure-a", False),
        ("https://h.com/", "__Hosta=b", True),
        ("http://h.com/", "a\tb=c", False),
        ("http://h.com/", "a=b\tc", False),
        ("http://h.com/", "a=b; Path=/\tx", False),
        ("http://h.com/", "a=b\x01", False),
        ("http://h.com/", "a=b\r\nSet-Cookie: c=d", False),
        ("http://h.com/", "a=" + "b" * 4096, False),
        ("http://h.com/", "", False),
    ],
)
def test_a_cookie_that_may_not_be_set_is_ignored(url: str, line: str, *, kept: bool) -> None:
    assert len(taken(url, line)) == kept


@pytest.mark.parametrize(
    ("attributes", "end"),
    [
        ("", None),
        ("; Max-Age=60", 1_000_060.0),
        ("; Max-Age=60; Expires=Sun, 06 Nov 1994 08:49:37 GMT", 1_000_060.0),
        ("; Expires=Tue, 13 Jan 1970 00:00:00 GMT", 1_036_800.0),
        ("; Expires=Fri, 31 Dec 9999 23:59:59 GMT", 1_000_000.0 + LONGEST_AGE),
        ("; Max-Age=" + "9" * 1000, 1_000_000.0 + LONGEST_AGE),
        ("; Max-Age=soon; Expires=later", None),
    ],
)
def test_a_cookie_ends_when_the_server_says_and_within_400_days(attributes: str, end: float | None) -> None:
    assert [cookie.expires for cookie in taken("http://h.com/", f"a=b{attributes}")] == [end]


@pytest.mark.parametrize("end", ["Max-Age=0", "Max-Age=-5", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"])
def test_an_end_in_the_past_removes_the_cookie(end: str) -> None:
    jar = taken("http://h.com/", "a=b; Path=/", "c=d")
    jar.take(parse_url("http://h.com/x/y"), f"a=; Path=/; {end}", NOW)
    assert sent(jar, "http://h.com/") == "c=d"
    assert len(jar) == 1


@pytest.mark.parametrize(
    ("secure", "plain", "kept"),
    [
        ("a=1; Path=/", "a=2; Path=/", False),
        ("a=1; Path=/", "a=; Path=/; Max-Age=0", False),
        ("a=1; Path=/", "a=2; Path=/x", False),
        ("a=1; Path=/x", "a=2; Path=/x/y", False),
        ("a=1; Path=/x", "a=2; Path=/", True),
        ("a=1; Path=/; Domain=h.com", "a=2; Path=/", False),
        ("a=1; Path=/", "a=2; Path=/; Domain=h.com", False),
        ("a=1; Path=/", "b=2; Path=/", True),
    ],
)
def test_plain_http_leaves_secure_cookies_alone(secure: str, plain: str, *, kept: bool) -> None:
    jar = taken("https://www.h.com/", f"{secure}; Secure")
    before = list(jar)
    jar.take(parse_url("http://www.h.com/"), plain, NOW)
    assert [cookie for cookie in jar if cookie.secure] == before
    assert len(jar) == 1 + kept
    jar.take(parse_url("https://www.h.com/"), plain, NOW)
    assert list(jar) != before


def test_an_expired_secure_cookie_is_in_nobodys_way() -> None:
    jar = taken("https://h.com/", "a=1; Secure; Max-Age=5")
    jar.take(parse_url("http://h.com/"), "a=2", NOW + 10)
    assert sent(jar, "http://h.com/", NOW + 10) == "a=2"


def test_a_field_of_several_lines_is_read_up_to_a_bound() -> None:
    jar = CookieJar(SUFFIXES.has)
    jar.take_all(parse_url("http://h.com/"), "a=b; Expires=Sun, 06 Nov 2094 08:49:37 GMT\nc=d", NOW)
    assert sent(jar, "http://h.com/") == "a=b; c=d"
    jar.take_all(parse_url("http://i.com/"), "\n".join(f"c{number}=x" for number in range(MOST_PER_ANSWER + 5)), NOW)
    assert len(jar) == 2 + MOST_PER_ANSWER


def test_what_one_domain_may_fill_is_bounded_and_the_oldest_used_go_first() -> None:
    jar = taken("http://h.com/", *[f"c{number}=x; Path=/{number}" for number in range(MOST_PER_DOMAIN)])
    assert sent(jar, "http://h.com/0") == "c0=x"
    jar.take(parse_url("http://h.com/"), "new=x", NOW)
    names = [cookie.name for cookie in jar]
    assert len(names) == MOST_PER_DOMAIN
    assert "c1" not in names
    assert {"c0", "new"} <= set(names)


def test_what_answers_may_fill_is_bounded_but_given_cookies_stay() -> None:
    jar = CookieJar(SUFFIXES.has)
    for number in range(300):
        jar.set(Cookie(name=f"given{number}", value="x", domain="given.com"))
    jar.take(parse_url("http://given.com/"), "given0=y; Path=/", NOW)  # stays a given one
    for number in range(MOST_FROM_ANSWERS + 20):
        jar.take(parse_url(f"http://h{number}.com/"), "a=b", NOW)
    names = [cookie.name for cookie in jar]
    assert names.count("a") == MOST_FROM_ANSWERS
    assert len(names) == 300 + MOST_FROM_ANSWERS
    assert sent(jar, "http://h19.com/") is None
    assert sent(jar, "http://h20.com/") == "a=b"


def test_expired_ones_make_way_first_and_secure_ones_last() -> None:
    jar = taken("https://h.com/", "safe=1; Secure", "late=1", "short=1; Max-Age=5")
    for number in range(MOST_PER_DOMAIN - 3):
        jar.take(parse_url("https://h.com/"), f"c{number}=x", NOW)
    jar.take(parse_url("http://h.com/"), "x=1", NOW + 10)
    names = {cookie.name for cookie in jar}
    assert "short" not in names
    assert {"safe", "late", "c0", "x"} <= names
    for number in range(MOST_PER_DOMAIN + 10):
        jar.take(parse_url("http://h.com/"), f"flood{number}=x", NOW + 10)
    assert next(cookie.name for cookie in jar) == "safe"
    assert len(jar) == MOST_PER_DOMAIN


def test_a_header_stays_small_and_what_does_not_fit_is_left_out() -> None:
    jar = CookieJar(SUFFIXES.has)
    jar.set(Cookie(name="whole", value="x" * MOST_SENT, domain="h.com"))
    for number in range(10):
        jar.set(Cookie(name=f"c{number}", value="ö" * 500, domain="h.com"))
    header = sent(jar, "http://h.com/")
    assert header is not None
    assert len(header.encode()) <= MOST_SENT
    assert header.count(";") == 7


@pytest.mark.parametrize(("size", "both"), [(MOST_SENT // 2 - 1, True), (MOST_SENT // 2, False)])
def test_what_separates_cookies_counts(size: int, *, both: bool) -> None:
    jar = CookieJar(SUFFIXES.has)
    for name in ("a", "b"):
        jar.set(Cookie(name=name, value="x" * (size - 2), domain="h.com"))
    header = sent(jar, "http://h.com/")
    assert header is not None
    assert ("b=" in header) == both


@pytest.mark.parametrize(
    "odd",
    [
        {"name": "a\r\nb"},
        {"name": "a;b"},
        {"name": "a=b"},
        {"name": "a\tb"},
        {"value": "a\nb"},
        {"value": "a\0b"},
        {"value": "a;b"},
        {"value": "a\tb"},
        {"value": "\ud800"},
        {"name": "", "value": ""},
        {"path": ""},
        {"path": "x"},
        {"path": "/\n"},
        {"domain": ""},
        {"domain": ".h.com"},
        {"domain": "h.com."},
        {"domain": "H.com"},
        {"domain": "h..com"},
        {"domain": "h.com/x"},
        {"domain": "h.com\n"},
        {"domain": "com", "host_only": False},
        {"domain": "1.2.3.4", "host_only": False},
        {"domain": "::1", "host_only": False},
        {"expires": float("nan")},
        {"expires": float("inf")},
    ],
)
def test_what_no_request_could_carry_is_no_cookie(odd: dict[str, object]) -> None:
    with pytest.raises(InvalidCookieError) as caught:
        Cookie(**({"name": "n", "value": "hunter2", "domain": "h.com"} | odd))
    assert caught.value.message.isprintable()
    assert "hunter2" not in caught.value.message


def test_the_value_is_in_no_repr() -> None:
    assert "hunter2" not in repr(Cookie(name="a", value="hunter2", domain="h.com"))
    assert "hunter2" not in repr(taken("http://h.com/", "a=hunter2"))
