"""Where redirects lead, and what goes there."""

from pathlib import Path

import pytest

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import RedirectError
from rheo.domain.url import parse_url
from rheo.engine.redirects import follow, headers_for
from rheo.transport.base import Head


def redirect(location):
    return Head("1.1", 302, {} if location is None else {"location": location})


def request(url, **headers):
    return DownloadRequest(url=parse_url(url), directory=Path(), headers=tuple(headers.items()))


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


@pytest.mark.parametrize(
    "location", [None, "", "http://a.example/", "ftp://a.example/", "file:///etc/passwd", "https://a b/"]
)
def test_a_redirect_to_nowhere_to_plain_http_or_to_another_scheme_is_refused(location):
    with pytest.raises(RedirectError):
        follow(parse_url("https://a.example/"), redirect(location))


@pytest.mark.parametrize(
    "elsewhere",
    ["http://a.example/", "https://a.example:444/", "https://b.example/", "https://a.example.b.example/"],
)
def test_own_headers_and_credentials_stay_with_their_origin(elsewhere):
    """Invariant 8."""
    wish = request("https://user:secret@a.example/", **{"X-Api-Key": "secret", "Cookie": "secret"})

    at_home = headers_for(parse_url("https://a.example/other"), wish, user_agent="rheo")
    away = headers_for(parse_url(elsewhere), wish, user_agent="rheo")

    assert names(at_home) >= {"authorization", "x-api-key", "cookie"}
    assert names(away) == {"accept", "accept-encoding", "user-agent"}


def test_own_headers_replace_ours():
    wish = request("https://a.example/", **{"user-agent": "mine"})

    fields = headers_for(wish.url, wish, user_agent="rheo")

    assert [value for name, value in fields if name.lower() == "user-agent"] == ["mine"]
