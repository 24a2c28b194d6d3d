"""Link fields, as RFC 6249 has them and as strangers may."""

import pytest

from rheo.domain.url import parse_url
from rheo.transport.links import MOST_LINKS, Duplicate, duplicates, metalinks

URL = parse_url("https://home.example/pub/a.iso")


def found(value: str) -> list[str]:
    return [one.url.text for one in duplicates({"link": value}, URL)]


def test_mirrors_come_with_all_that_is_said_of_them() -> None:
    value = (
        "<https://two.example/a.iso>; rel=duplicate; pri=2; geo=de,"
        ' <https://one.example/a.iso>; rel="duplicate"; pri="1"; pref'
    )
    assert duplicates({"link": value}, URL) == (
        Duplicate(url=parse_url("https://one.example/a.iso"), priority=1, preferred=True),
        Duplicate(url=parse_url("https://two.example/a.iso"), priority=2, location="de"),
    )


@pytest.mark.parametrize(
    ("value", "urls"),
    [
        ("<http://b.example/1>; rel=duplicate, <http://c.example/2>; rel=duplicate; pri=999999", ["b/1", "c/2"]),
        ("<http://b.example/1>; rel=duplicate, <http://c.example/2>; rel=duplicate; pri=7", ["c/2", "b/1"]),
        ("<http://b.example/1>; rel=duplicate; pri=0, <http://c.example/2>; rel=duplicate; pri=x", ["b/1", "c/2"]),
        (
            "<http://b.example/1>; rel=duplicate; pri=5; pri=1, <http://c.example/2>; rel=duplicate; pri=3",
            ["c/2", "b/1"],
        ),
    ],
)
def test_those_without_a_good_priority_come_last_in_their_order(value: str, urls: list[str]) -> None:
    assert found(value) == [f"http://{one[0]}.example{one[1:]}" for one in urls]


@pytest.mark.parametrize(
    ("value", "urls"),
    [
        ("</other/a.iso>; rel=duplicate", ["https://home.example/other/a.iso"]),
        ("<b.iso>; rel=duplicate", ["https://home.example/pub/b.iso"]),
        ("<http://b.example/a,b;c>; rel=duplicate", ["http://b.example/a,b;c"]),
        ('<http://b.example/>; title="a, <http://evil.example/>; rel=duplicate"; rel=duplicate', ["http://b.example/"]),
        ("<http://b.example/>; REL=Duplicate", ["http://b.example/"]),
        ('<http://b.example/>; rel="next duplicate"', ["http://b.example/"]),
        (
            "<http://b.example/>;rel=duplicate,,  ,<http://c.example/>;rel=duplicate",
            ["http://b.example/", "http://c.example/"],
        ),
        ("rubbish, <http://b.example/>; rel=duplicate", ["http://b.example/"]),
        ("<http://u:secret@b.example/>; rel=duplicate", ["http://b.example/"]),
    ],
)
def test_a_link_is_read_where_it_is_clear(value: str, urls: list[str]) -> None:
    assert found(value) == urls


@pytest.mark.parametrize(
    "value",
    [
        "",
        "<http://b.example/>",
        "<http://b.example/>; rel=next",
        "<http://b.example/>; rel=next; rel=duplicate",
        '<http://b.example/>; rel=duplicate; anchor="/other"',
        "<ftp://b.example/>; rel=duplicate",
        "<file:///etc/passwd>; rel=duplicate",
        "<http:///nowhere>; rel=duplicate",
        "<a.iso>; rel=duplicate",
        "<http://b.example/; rel=duplicate",
        "http://b.example/; rel=duplicate",
        '<http://b.example/>; title="open; rel=duplicate',
    ],
)
def test_what_is_no_mirror_is_left_out(value: str) -> None:
    assert found(value) == []


def test_a_mirror_is_told_once_by_its_best_priority() -> None:
    link = "<http://b.example/>; rel=duplicate"
    assert duplicates({"link": f"{link}; pri=4, {link}; pri=2, {link}"}, URL) == (
        Duplicate(url=parse_url("http://b.example/"), priority=2),
    )


def test_no_more_links_than_anybody_needs_are_looked_at() -> None:
    assert len(found(", ".join(f"<http://b.example/{n}>; rel=duplicate" for n in range(1000)))) == MOST_LINKS


def test_metalinks_are_known_by_their_type() -> None:
    value = (
        '<a.meta4>; rel=describedby; type="application/metalink4+xml",'
        '<a.metalink>; rel=describedby; type="application/metalink+xml",'
        '<a.html>; rel=describedby; type="text/html", <a.xml>; rel=describedby,'
        '<a.meta4>; rel=describedby; type="application/metalink4+xml"'
    )
    assert [url.text for url in metalinks({"link": value}, URL)] == [
        "https://home.example/pub/a.meta4",
        "https://home.example/pub/a.metalink",
    ]


def test_a_head_without_links_has_neither() -> None:
    assert (duplicates({}, URL), metalinks({}, URL)) == ((), ())
