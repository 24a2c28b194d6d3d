"""Where relative URLs begin."""

import pytest

from rheo.domain.errors import InvalidUrlError, UsageError
from rheo.domain.lists.base import absolute, base_of
from rheo.domain.lists.line import BadLine, Line

BASE = base_of("https://a.example/pub")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://a.example", "https://a.example/"),
        ("https://a.example/pub/x", "https://a.example/pub/x/"),
        ("https://a.example/pub/x/#here", "https://a.example/pub/x/"),
    ],
)
def test_it_is_a_folder(text: str, url: str) -> None:
    assert base_of(text).text == url


@pytest.mark.parametrize("text", ["https://me:hidden@a.example/", "https://a.example/?key=hidden"])
def test_it_has_no_secret_that_each_line_would_have(text: str) -> None:
    with pytest.raises(UsageError, match="--base-url") as caught:
        base_of(text)

    assert "hidden" not in caught.value.message


def test_it_is_absolute_itself() -> None:
    with pytest.raises(InvalidUrlError):
        base_of("pub/")


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("a.iso?x=1", "https://a.example/pub/a.iso?x=1"),
        ("../a.iso", "https://a.example/a.iso"),
        ("/a.iso", "https://a.example/a.iso"),
        ("//b.example/a.iso", "https://b.example/a.iso"),
        ("ü.iso", "https://a.example/pub/%C3%BC.iso"),
        ("http://me:hidden@b.example/", "http://me:hidden@b.example/"),
        ("ftp://b.example/", "ftp://b.example/"),
    ],
)
def test_what_a_url_of_a_line_means(url: str, meant: str) -> None:
    assert absolute(Line(1, (url, url)), BASE) == Line(1, (meant, meant))


def test_what_cannot_be_joined_is_a_bad_line() -> None:
    assert isinstance(absolute(Line(3, ("a\tb",)), BASE), BadLine)
    assert absolute(BadLine(4, "x"), BASE) == BadLine(4, "x")
