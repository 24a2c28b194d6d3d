"""What holds for every word of a host, however odd, and for every file that should have such words."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rheo.domain.alt_svc import MOST_ALTERNATIVES, AltSvcNote, AltSvcStore, checked, parse_alt_svc
from rheo.domain.field_values import split
from rheo.domain.hsts import HstsNote, HstsStore, parse_hsts
from rheo.domain.notes import LONGEST
from rheo.domain.url import parse_url
from rheo.storage import host_records
from rheo.storage.host_memory import load
from rheo.storage.seal import DamagedError, seal

NOW = 1_800_000_000.0
URL = parse_url("https://example.com/")
BYTES = st.binary(max_size=60).map(lambda data: data.decode("latin-1"))


def made_of(*pieces: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(pieces), max_size=16).map("".join)


ODD = (",", ";", "=", '"', "\\", " ", "\t", "x", "%", "\0", "é")
HSTS_VALUES = st.text(max_size=60) | BYTES | made_of("max-age", "includeSubDomains", "0", "9", *ODD)
ALT_SVC_VALUES = (
    st.text(max_size=60) | BYTES | made_of("h3=", '":443"', '"a.test:8443"', "[::1]", ":", "ma=", "9", "clear", *ODD)
)

HOSTS = st.sampled_from(["a.test", "b.a.test", "c.test"])
TIMES = st.integers(0, 20)


@given(HSTS_VALUES)
def test_any_hsts_value_is_a_policy_or_none(value: str) -> None:
    policy = parse_hsts(value)
    assert policy is None or 0 <= policy.max_age <= LONGEST


@given(st.integers(0, LONGEST), st.booleans(), st.booleans(), st.sampled_from(["", "preload", 'x="a;b"']))
def test_a_policy_that_is_written_comes_back(age: int, subdomains: bool, quoted: bool, other: str) -> None:  # noqa: FBT001
    pieces = [other, f'max-age="{age}"' if quoted else f"max-age={age}", "includeSubDomains" if subdomains else ""]
    policy = parse_hsts(" ; ".join(pieces))
    assert policy is not None
    assert (policy.max_age, policy.subdomains) == (age, subdomains)


@given(ALT_SVC_VALUES)
@example('h3="')
@example('h3=":443";')
def test_any_alt_svc_value_is_alternatives_or_none(value: str) -> None:
    found = parse_alt_svc(value)
    assert found is None or len(found) <= MOST_ALTERNATIVES
    for one in found or ():
        assert checked(one) == one
        assert 0 <= one.max_age <= LONGEST
        assert 0 < one.port <= 65535


@given(st.text() | made_of(*ODD), st.sampled_from(",;"))
def test_splitting_loses_nothing_but_blanks(value: str, separator: str) -> None:
    pieces = split(value, separator)
    assert separator.join(pieces).replace(" ", "").replace("\t", "") == value.replace(" ", "").replace("\t", "")


def test_long_values_take_no_longer_than_their_length() -> None:
    """With anything worse than linear, this would not end."""
    for piece in ('"', "\\", '"\\', "a=", '="', ";", ",", 'h3=":', "%41", " ", "a."):
        value = piece * 200_000
        assert parse_hsts(value) is None
        assert parse_alt_svc(value) is None
        assert parse_hsts(f'max-age=1; x="{value}') is None
        assert parse_alt_svc(f'h3="{value}') is None or piece == 'h3=":'


@given(st.lists(st.tuples(HOSTS, TIMES, st.integers(0, 9), st.booleans()), max_size=12))
def test_an_upgrade_changes_the_scheme_alone_and_only_where_a_word_counts(
    words: list[tuple[str, int, int, bool]],
) -> None:
    store, last = HstsStore(), {}
    for host, now, age, subdomains in sorted(words, key=lambda word: word[1]):
        store.note(parse_url(f"https://{host}/"), f"max-age={age}" + "; includeSubDomains" * subdomains, now)
        last[host] = (now + age if age else 0, subdomains)
    for host in ("a.test", "b.a.test", "c.test", "x.b.a.test"):
        url = parse_url(f"http://{host}/x")
        wanted = any(
            ends > 10 and (host == known or (subdomains and host.endswith(f".{known}")))
            for known, (ends, subdomains) in last.items()
        )
        assert str(store.upgrade(url, 10)) == str(url).replace("http:", "https:" if wanted else "http:")


@given(st.lists(st.tuples(HOSTS, TIMES, TIMES), unique_by=lambda word: word[:2]), st.randoms())
def test_merging_comes_to_the_same_in_any_order(words: list[tuple[str, int, int]], random: object) -> None:
    notes = [HstsNote(host, subdomains=True, noted=noted, expires=expires) for host, noted, expires in words]
    shuffled = list(notes)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert set(HstsStore(shuffled)) == set(HstsStore(sorted(notes, key=lambda note: note.noted)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | HOSTS | st.just("h3"),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=20,
)
ROWS = st.lists(st.lists(JSON, min_size=4, max_size=4), max_size=4)
BODIES = JSON | st.fixed_dictionaries({"notes": ROWS})


@given(BODIES)
def test_any_body_of_a_file_is_notes_or_damage(body: object) -> None:
    for kind, decode in (
        (host_records.HSTS, host_records.decode_hsts),
        (host_records.ALT_SVC, host_records.decode_alt_svc),
    ):
        try:
            notes = decode(seal(kind, body), NOW)
        except DamagedError:
            continue
        assert all(isinstance(note, HstsNote | AltSvcNote) for note in notes)
        assert all(note.expires <= NOW + 86_400 + LONGEST for note in notes)


@settings(deadline=None)  # it writes to the disk
@given(st.binary(max_size=200), st.integers(0, 300), st.binary(max_size=3))
def test_any_bytes_of_a_file_are_a_memory(rubbish: bytes, at: int, change: bytes) -> None:
    store = HstsStore()
    store.note(URL, "max-age=9", NOW)
    whole = host_records.encode_hsts(list(store))
    with tempfile.TemporaryDirectory() as name:
        for data in (rubbish, whole[:at], whole[:at] + change + whole[at + len(change) :]):
            for file in ("hsts.json", "alt-svc.json"):
                path = Path(name) / file
                path.write_bytes(data)
                path.chmod(0o600)
            memory = load(Path(name), now=NOW)
            assert list(memory.hsts) in ([], list(store))
            assert list(memory.alt_svc) == []


@given(ALT_SVC_VALUES, st.floats(0, NOW))
def test_alternatives_come_back_from_their_file(value: str, now: float) -> None:
    store = AltSvcStore()
    store.note(URL, value, now)

    assert host_records.decode_alt_svc(host_records.encode_alt_svc(list(store)), NOW) == list(store)
