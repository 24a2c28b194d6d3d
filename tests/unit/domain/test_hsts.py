"""HSTS: what hosts say, and which URLs it changes."""

from __future__ import annotations

import pytest

from rheo.domain.hsts import MOST_HOSTS, HstsNote, HstsPolicy, HstsStore, parse_hsts
from rheo.domain.notes import LONGEST
from rheo.domain.url import parse_url

HOME = parse_url("https://example.com/")


def upgraded(store: HstsStore, url: str, now: float = 10) -> str:
    return str(store.upgrade(parse_url(url), now))


def noted(value: str, url: str = "https://example.com/") -> HstsStore:
    store = HstsStore()
    store.note(parse_url(url), value, 0)
    return store


@pytest.mark.parametrize(
    ("value", "policy"),
    [
        ("max-age=31536000", HstsPolicy(31536000, subdomains=False)),
        ('max-age="31536000"', HstsPolicy(31536000, subdomains=False)),
        (r'max-age="3\1"', HstsPolicy(31, subdomains=False)),
        ("max-age=0", HstsPolicy(0, subdomains=False)),
        ("max-age=007", HstsPolicy(7, subdomains=False)),
        ("max-age=9, max-age=8; includeSubDomains", HstsPolicy(9, subdomains=False)),
        ("max-age=9; includeSubDomains", HstsPolicy(9, subdomains=True)),
        ("INCLUDESUBDOMAINS ;\tMax-Age = 9", HstsPolicy(9, subdomains=True)),
        ("; ;max-age=9;;", HstsPolicy(9, subdomains=False)),
        ('max-age=9; preload; x="a;b,c\\"d"; y=z', HstsPolicy(9, subdomains=False)),
        (f"max-age={'9' * 5000}", HstsPolicy(LONGEST, subdomains=False)),
    ],
)
def test_a_field_is_read(value: str, policy: HstsPolicy) -> None:
    assert parse_hsts(value) == policy


@pytest.mark.parametrize(
    "value",
    [
        "",
        ";",
        "max-age",
        "max-age=",
        'max-age=""',
        "max-age=-1",
        "max-age=1.5",
        "max-age=1e3",
        "max-age=٣",
        "max-age='9'",
        'max-age="9',
        "max-age=9 8",
        "includeSubDomains",
        "max-age=9; max-age=9",
        "max-age=9; Max-Age=8",
        "max-age=9; includeSubDomains; includesubdomains",
        "max-age=9; x; x",
        "max-age=9; includeSubDomains=1",
        "max-age=9; a b",
        "max-age=9; =b",
        ", max-age=9",
    ],
)
def test_what_breaks_the_rules_says_nothing(value: str) -> None:
    assert parse_hsts(value) is None


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("http://example.com/a?b", "https://example.com/a?b"),
        ("http://example.com:80/", "https://example.com/"),
        ("http://example.com:8080/", "https://example.com:8080/"),
        ("http://example.com:443/", "https://example.com/"),
        ("http://EXAMPLE.com/", "https://example.com/"),
        ("http://example.com./", "https://example.com./"),
        ("https://example.com:80/", "https://example.com:80/"),
        ("http://www.example.com/", "http://www.example.com/"),
        ("http://com/", "http://com/"),
        ("http://badexample.com/", "http://badexample.com/"),
    ],
)
def test_a_known_host_is_asked_over_https(given: str, asked: str) -> None:
    assert upgraded(noted("max-age=100"), given) == asked


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("http://example.com/", "https://example.com/"),
        ("http://a.b.example.com./", "https://a.b.example.com./"),
        ("http://badexample.com/", "http://badexample.com/"),
        ("http://com/", "http://com/"),
    ],
)
def test_so_are_those_below_where_it_says_so(given: str, asked: str) -> None:
    assert upgraded(noted("max-age=100; includeSubDomains", "https://example.com./"), given) == asked


def test_a_parent_counts_though_the_host_itself_ended() -> None:
    store = noted("max-age=100; includeSubDomains")
    store.note(parse_url("https://www.example.com/"), "max-age=5", 0)

    assert upgraded(store, "http://www.example.com/", 10) == "https://www.example.com/"


def test_the_upgraded_url_keeps_its_credentials_and_has_another_origin() -> None:
    url = noted("max-age=100").upgrade(parse_url("http://me:secret@example.com/a"), 1)

    assert (url.credentials, url.origin.scheme, url.port) == (("me", "secret"), "https", 443)


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://127.1/", "https://0x7f.0x1/", "https://1.2.3.4./", "https://[::1]/"]
)
def test_addresses_have_none(url: str) -> None:
    store = noted("max-age=100; includeSubDomains", url)

    assert list(store) == []
    assert upgraded(store, url.replace("https", "http")) == url.replace("https", "http")


def test_plain_http_says_nothing() -> None:
    assert list(noted("max-age=100", "http://example.com/")) == []


def test_nothing_counts_from_the_second_on_that_it_ends() -> None:
    store = noted("max-age=100")

    assert upgraded(store, "http://example.com/", 99.9) == "https://example.com/"
    assert upgraded(store, "http://example.com/", 100) == "http://example.com/"


def test_the_last_word_counts() -> None:
    store = noted("max-age=100; includeSubDomains")
    store.note(HOME, "max-age=200", 1)
    store.note(HOME, "rubbish", 2)

    assert list(store) == [HstsNote("example.com", subdomains=False, noted=1, expires=201)]


def test_an_age_of_nothing_takes_it_back_and_merging_does_not_bring_it_again() -> None:
    older = noted("max-age=100")
    store = noted("max-age=100")
    store.note(HOME, "max-age=0", 5)

    assert upgraded(HstsStore([*store, *older]), "http://example.com/", 6) == "http://example.com/"
    assert [note.host for note in store.changes()] == ["example.com"]


def test_what_was_never_known_is_not_taken_back() -> None:
    assert noted("max-age=0").changes() == []


@pytest.mark.parametrize("first", [0, 1])
def test_merging_takes_the_later_note(first: int) -> None:
    both = [HstsNote("a.test", True, 1, 500), HstsNote("a.test", False, 2, 300)]  # noqa: FBT003
    store = HstsStore([both[first], both[1 - first]])

    assert list(store) == [both[1]]
    assert store.changes() == []


def test_the_soonest_to_expire_go_first_where_there_are_too_many() -> None:
    store = HstsStore()
    for number in range(MOST_HOSTS + 5):
        store.note(parse_url(f"https://h{number}.test/"), f"max-age={1000 + number}", 0)
    store.note(parse_url("https://short.test/"), "max-age=1", 0)

    assert [note.host for note in store] == [f"h{number}.test" for number in range(5, MOST_HOSTS + 5)]
    assert len(store.changes()) == MOST_HOSTS


def test_only_what_was_noted_here_is_a_change() -> None:
    store = HstsStore([HstsNote("a.test", subdomains=True, noted=1, expires=500)])
    store.note(HOME, "max-age=100", 3)

    assert [note.host for note in store.changes()] == ["example.com"]
    store.settle()
    assert store.changes() == []
    assert len(list(store)) == 2
