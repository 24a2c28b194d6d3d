"""URLs that stand for many."""

from itertools import islice

import pytest

from rheo.domain.errors import InvalidListError
from rheo.domain.lists.formats import ListFormat, read_list
from rheo.domain.lists.line import BadLine, Line
from rheo.domain.lists.patterns import expand


@pytest.mark.parametrize(
    ("pattern", "urls"),
    [
        ("http://a/x", ["http://a/x"]),
        ("http://a/[8-11]", ["http://a/8", "http://a/9", "http://a/10", "http://a/11"]),
        ("http://a/[008-010].jpg", ["http://a/008.jpg", "http://a/009.jpg", "http://a/010.jpg"]),
        ("http://a/[0-100:50]", ["http://a/0", "http://a/50", "http://a/100"]),
        ("http://a/[a-c]", ["http://a/a", "http://a/b", "http://a/c"]),
        ("http://a/[A-Z:20]", ["http://a/A", "http://a/U"]),
        ("http://{a,b}/[1-2]", ["http://a/1", "http://a/2", "http://b/1", "http://b/2"]),
        ("http://a/x{,.sig}", ["http://a/x", "http://a/x.sig"]),
        ("http://[::1]:80/[1-2]", ["http://[::1]:80/1", "http://[::1]:80/2"]),
    ],
)
def test_what_a_pattern_stands_for(pattern: str, urls: list[str]) -> None:
    assert list(expand(pattern)) == urls


def test_millions_are_made_one_by_one() -> None:
    assert list(islice(expand("http://a/[1-5000000]"), 2)) == ["http://a/1", "http://a/2"]


def test_a_pattern_may_have_thousands_of_parts() -> None:
    assert list(expand("{a}" * 5000 + "{b,c}")) == ["a" * 5000 + "b", "a" * 5000 + "c"]


@pytest.mark.parametrize(
    ("pattern", "wrong"),
    [
        ("http://a/[3-1]", "goes up"),
        ("http://a/[1-3:0]", "goes up"),
        ("http://a/[a-Z]", "is no range"),
        ("http://a/[1-]", "is no range"),
        ("http://a/[1-3", "has no partner; write %5B for it"),
        ("http://a/{x", "has no partner; write %7B for it"),
        ("http://a/{a,{b,c}}", "has no partner"),
        ("http://a/[1-9999999][1-9]", "stands for more than 10,000,000 URLs"),
        ("{a,b}" * 20_000, "stands for more than 10,000,000 URLs"),
    ],
)
def test_what_is_no_pattern(pattern: str, wrong: str) -> None:
    with pytest.raises(InvalidListError, match=wrong):
        list(expand(pattern))


def test_mirrors_go_along_with_the_first_url() -> None:
    lines = ["http://a/[1-2]\thttp://b/[01-02]\n", "http://a/[1-2]\thttp://b/1\n"]

    first, second, third, bad = read_list(lines, ListFormat.PLAIN, columns={}, patterns=True)

    assert first == Line(1, ("http://a/1", "http://b/01"))
    assert second == Line(1, ("http://a/2", "http://b/02"))
    assert third == Line(2, ("http://a/1", "http://b/1"))
    assert isinstance(bad, BadLine)


def test_without_the_wish_brackets_are_what_they_are() -> None:
    assert list(read_list(["http://a/[1-2]"], ListFormat.PLAIN, columns={})) == [Line(1, ("http://a/[1-2]",))]


@pytest.mark.parametrize(
    "pattern",
    [
        "http://a/x?key=hidden[",
        "http://a/x?key=[hidden]",
        "http://a/[3-1]?key=hidden",
        "http://me:[hidden]@a/",
        "http://a/[1-9999999][1-9]?key=hidden",
    ],
)
def test_no_message_shows_a_query_or_a_login(pattern: str) -> None:
    with pytest.raises(InvalidListError) as caught:
        list(expand(pattern))

    assert "hidden" not in caught.value.message
