"""Where redirects lead, and what goes there."""

import pytest

from rheo.domain.errors import RedirectError
from rheo.domain.http_wishes import HttpWishes
from rheo.domain.login import Login
from rheo.domain.network import HttpVersion, Route
from rheo.domain.secret import Secret
from rheo.domain.url import parse_url
from rheo.engine.answers.redirects import Hop, follow, headers_for
from rheo.engine.hosts.networks import Network
from rheo.engine.requests.access import Shown
from rheo.engine.requests.carried import Carried
from rheo.storage.public_suffixes import PublicSuffixes
from rheo.transport.base import Deadlines, Head

NETWORK = Network(
    route=Route(),
    deadlines=Deadlines(connect=1, tls=1, first_byte=1, stall=1),
    http_version=HttpVersion.AUTO,
    user_agent="rheo",
    referer="https://a.example/page",
)


def redirect(location):
    return Head("1.1", 302, {} if location is None else {"location": location})


def carried(url, *, everywhere=False, **wishes):
    given, suffixes = HttpWishes(**wishes), PublicSuffixes()
    origins = {parse_url(url).origin}
    return Carried(given, origins, cookies=(), is_public_suffix=suffixes.has, everywhere=everywhere)


def headers(what, url, shown=Shown()):  # noqa: B008  (it is frozen)
    return what.headers(parse_url(url), NETWORK, shown, coding=None, now=0.0)


def names(fields):
    return {name.lower() for name, _ in fields}


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/b", "https://a.example/b"),
        ("b?c=d", "https://a.example/x/b?c=d"),
        ("//b.example/c", "https://b.example/c"),
        ("https://u:p@b.example/c#part", "https://b.example/c"),
    ],
)
def test_a_location_is_resolved_against_the_url_that_it_came_from(location, expected):
    target = follow(parse_url("https://a.example/x/y"), redirect(location))

    assert target.text == expected
    assert target.credentials is None


@pytest.mark.parametrize("location", [None, "", "ftp://a.example/", "file:///etc/passwd", "https://a b/"])
def test_a_redirect_to_nowhere_or_to_another_scheme_is_refused(location):
    with pytest.raises(RedirectError):
        follow(parse_url("https://a.example/"), redirect(location))


def test_a_redirect_to_plain_http_is_refused_unless_that_is_allowed():
    """Invariant 8."""
    hop, target = Hop(parse_url("https://a.example/")), parse_url("http://a.example/")

    with pytest.raises(RedirectError, match="not encrypted"):
        hop.following(target, 302, trusted=True)
    assert hop.following(target, 302, trusted=True, allow_downgrade=True).url == target


SECRETS = {
    "headers": (("X-Api-Key", "secret"),),
    "cookies": (("a", "secret"),),
    "login": Login("user", Secret("secret")),
}
ELSEWHERE = ["http://a.example/", "https://a.example:444/", "https://b.example/", "https://a.example.b.example/"]


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_what_was_given_stays_with_its_origin(elsewhere):
    """Invariant 8."""
    what = carried("https://a.example/", **SECRETS)

    at_home = headers(what, "https://a.example/other", Shown("Basic secret"))
    away = headers(what, elsewhere)

    assert names(at_home) >= {"authorization", "x-api-key", "cookie", "referer"}
    assert names(away) == {"accept", "accept-encoding", "user-agent"}
    assert what.withheld(parse_url(elsewhere), referer=None) == ("X-Api-Key", "Authorization", "Cookie")
    assert what.withheld(parse_url("https://a.example/other"), referer="https://a.example/page") == ()


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_what_is_declared_public_goes_everywhere(elsewhere):
    what = carried("https://a.example/", public_headers=(("X-Tracing", "1"),))

    assert ("X-Tracing", "1") in headers(what, elsewhere)


def test_everything_goes_everywhere_only_where_that_is_wished():
    what = carried("https://a.example/", everywhere=True, **SECRETS)

    assert names(headers(what, "https://b.example/", Shown("Basic secret"))) >= {"authorization", "x-api-key", "cookie"}


def test_own_headers_replace_ours_and_an_empty_one_removes_it():
    what = carried("https://a.example/", headers=(("user-agent", "mine"), ("Accept", ""), ("referer", "")))

    fields = headers(what, "https://a.example/")

    assert [value for name, value in fields if name.lower() == "user-agent"] == ["mine"]
    assert names(fields) == {"accept-encoding", "user-agent"}


def test_cookies_of_answers_go_back_to_their_host_and_to_no_odd_port_of_it():
    what = carried("https://a.example:8443/")
    what.take_cookies(parse_url("https://a.example:8443/"), "one=1\ntwo=2; Secure", 0.0)

    assert ("Cookie", "one=1; two=2") in headers(what, "https://a.example:8443/x")
    assert "cookie" not in names(headers(what, "https://a.example:9443/"))
    assert "cookie" not in names(headers(what, "https://b.example/"))


@pytest.mark.parametrize(
    ("method", "status", "then"),
    [
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("PUT", 303, "GET"),
        ("PUT", 301, "PUT"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
        ("GET", 307, "GET"),
    ],
)
def test_a_method_is_kept_or_becomes_get(method, status, then):
    body = None if method == "GET" else b"a=b"
    hop = Hop(parse_url("https://a.example/"), method, body)

    following = hop.following(parse_url("https://a.example/b"), status, trusted=True)

    assert (following.method, following.body) == (then, body if then == method else None)


def test_data_goes_to_no_other_origin():
    hop = Hop(parse_url("https://a.example/"), "POST", b"secret")

    with pytest.raises(RedirectError, match="--location-trusted"):
        hop.following(parse_url("https://b.example/"), 307, trusted=False)


def test_a_folder_of_headers_is_kept_in_order():
    assert headers_for(public=(("A", "1"), ("B", "2")), own=[("b", "3"), ("C", "4")]) == (
        ("A", "1"),
        ("b", "3"),
        ("C", "4"),
    )
