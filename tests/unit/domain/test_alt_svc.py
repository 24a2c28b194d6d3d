"""Alt-Svc: what origins say, and where they are reached then."""

from __future__ import annotations

import pytest

from rheo.domain.alt_svc import (
    MOST_ALTERNATIVES,
    MOST_ORIGINS,
    Alternative,
    AltSvcNote,
    AltSvcStore,
    parse_alt_svc,
)
from rheo.domain.notes import LONGEST
from rheo.domain.url import parse_url

HOME = parse_url("https://example.com/")
H3 = Alternative("h3", "", 443)


def noted(value: str, url: str = "https://example.com/") -> AltSvcStore:
    store = AltSvcStore()
    store.note(parse_url(url), value, 0)
    return store


@pytest.mark.parametrize(
    ("value", "alternatives"),
    [
        ('h3=":443"', [H3]),
        (
            'h3=":443"; ma=86400; persist=1, h2="alt.example.com:8443"',
            [Alternative("h3", "", 443, 86400), Alternative("h2", "alt.example.com", 8443)],
        ),
        ('h3 = ":443" ;MA="60";', [Alternative("h3", "", 443, 60)]),
        ('h3=":443"; ma=60; v="46,43"; x=y; z', [Alternative("h3", "", 443, 60)]),
        ('h3=":443"; persist=2', [H3]),
        (f'h3=":443"; ma={"9" * 5000}', [Alternative("h3", "", 443, LONGEST)]),
        (r'h3="\:4\43"', [H3]),
        ('h3="ALT.Example.com:00443"', [Alternative("h3", "alt.example.com", 443)]),
        ('h3="[2001:DB8::1]:443"', [Alternative("h3", "2001:db8::1", 443)]),
        ('http%2F1.1=":443"', [Alternative("http/1.1", "", 443)]),
        ('w%3Dx%3Ay#z=":443"', [Alternative("w=x:y#z", "", 443)]),
        ('x%25y=":443"', [Alternative("x%y", "", 443)]),
        ('%68%33=":443"', [H3]),
        ('H3=":443"', [Alternative("H3", "", 443)]),
        ("clear", []),
        ('h3=":443", clear', []),
        (' , rubbish, h3=":443", =, h2=":x", "', [H3]),
        ('Clear, h3=":443"', [H3]),
    ],
)
def test_a_field_is_read(value: str, alternatives: list[Alternative]) -> None:
    assert parse_alt_svc(value) == tuple(alternatives)


@pytest.mark.parametrize(
    "value",
    [
        "",
        ",",
        "Clear",
        "h3",
        "h3=",
        "h3=:443",
        'h3=""',
        'h3="443"',
        'h3="example.com"',
        'h3=":0"',
        'h3=":65536"',
        'h3=":-1"',
        'h3=":443',
        'h3=":443" x',
        'h3=":443"; ma=-1',
        'h3=":443"; ma=x',
        'h3=":443"; ma',
        'h3=":443"; a b',
        '; h3; =":443"',
        'h3="a@b:443"',
        'h3="a/b:443"',
        'h3="a b:443"',
        'h3="a..b:443"',
        'h3="[x]:443"',
        'h3="1::2:443"',
        'h3="ä.example:443"',
        '%0A%0A=":443"',
        '%ff=":443"',
        f'{"h" * 33}=":443"',
        f'h3="{"a." * 200}b:443"',
    ],
)
def test_rubbish_says_nothing(value: str) -> None:
    assert parse_alt_svc(value) is None


def test_of_many_alternatives_the_first_are_kept() -> None:
    found = parse_alt_svc(", ".join(f'h3=":{port}"' for port in range(1, 100)))

    assert found is not None
    assert [one.port for one in found] == list(range(1, MOST_ALTERNATIVES + 1))


def test_the_favourite_that_speaks_the_protocol_is_used() -> None:
    store = noted('h2=":1", h3="alt.test:2", h3=":3"')

    assert store.alternative(HOME, "h3", 1) == ("alt.test", 2)
    assert store.alternative(HOME, "h2", 1) == ("", 1)
    assert store.alternative(HOME, "http/1.1", 1) is None


def test_the_origins_own_host_is_the_empty_one() -> None:
    assert noted('h3="EXAMPLE.com:8443"').alternative(HOME, "h3", 1) == ("", 8443)


@pytest.mark.parametrize("url", ["http://example.com/", "https://example.com:8443/", "https://www.example.com/"])
def test_other_origins_have_nothing_of_it(url: str) -> None:
    assert noted('h3=":443"').alternative(parse_url(url), "h3", 1) is None


def test_plain_http_says_nothing() -> None:
    assert list(noted('h3=":443"', "http://example.com/")) == []


def test_each_alternative_ends_in_its_time() -> None:
    store = noted('h3=":1"; ma=10, h3=":2"; ma=20, h2=":3"')

    assert [store.alternative(HOME, "h3", now) for now in (9.9, 10, 20)] == [("", 1), ("", 2), None]
    assert store.alternative(HOME, "h2", 86_399) == ("", 3)
    assert store.alternative(HOME, "h2", 86_400) is None


def test_a_field_replaces_all_that_was_said_and_rubbish_nothing() -> None:
    store = noted('h3=":1", h2=":2"')
    store.note(HOME, "rubbish", 1)
    assert store.alternative(HOME, "h3", 2) == ("", 1)

    store.note(HOME, 'h2=":4"', 3)
    assert store.alternative(HOME, "h3", 4) is None
    assert store.alternative(HOME, "h2", 4) == ("", 4)


@pytest.mark.parametrize("value", ["clear", 'h3=":443"; ma=0'])
def test_what_is_taken_back_does_not_come_again_by_merging(value: str) -> None:
    older = noted('h3=":443"')
    store = noted('h3=":443"')
    store.note(HOME, value, 5)

    assert AltSvcStore([*store, *older]).alternative(HOME, "h3", 6) is None
    assert store.changes() == [AltSvcNote(HOME.origin, (), 5)]
    assert noted(value).changes() == []


@pytest.mark.parametrize("first", [0, 1])
def test_merging_takes_the_later_note(first: int) -> None:
    both = [AltSvcNote(HOME.origin, (H3,), 1), AltSvcNote(HOME.origin, (), 2)]

    assert list(AltSvcStore([both[first], both[1 - first]])) == [both[1]]


def test_the_soonest_to_expire_go_first_where_there_are_too_many() -> None:
    store = AltSvcStore()
    for number in range(MOST_ORIGINS + 5):
        store.note(parse_url(f"https://h{number}.test/"), f'h3=":443"; ma={1000 + number}', 0)

    assert [note.origin.host for note in store] == [f"h{number}.test" for number in range(5, MOST_ORIGINS + 5)]


def test_only_what_was_noted_here_is_a_change() -> None:
    store = AltSvcStore([AltSvcNote(parse_url("https://a.test/").origin, (H3,), 1)])
    store.note(HOME, 'h3=":443"', 3)

    assert [note.origin for note in store.changes()] == [HOME.origin]
    store.settle()
    assert store.changes() == []
    assert len(list(store)) == 2
