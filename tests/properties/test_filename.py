"""What holds for every name that a server may think of."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path, PureWindowsPath
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.safe_names import MOST_BYTES, SUFFIX_BYTES, free_number, numbered, safe_name
from rheo.domain.settings import RestrictFilenames
from rheo.domain.url import parse_url
from rheo.engine.names.extensions import all_extensions, has_extension
from rheo.engine.names.filename import name_and_source, possible_names

SPITEFUL = st.text(st.sampled_from('./\\:~- _%"<>|?*aC\0\x1b\u00e9\u0301\u202e\u3000\ud800\U0001f600'), max_size=30)
DEVICES = st.tuples(
    st.sampled_from(["", " ", ".", "/", "-"]),
    st.sampled_from(["con", "NUL", "Com1", "lpt\u00b2", "conin$", "x.part", "x.Part.json"]),
    st.sampled_from(["", ".", " ", ".txt", " .txt", "\0", "~"]),
).map("".join)
LONG = st.tuples(st.sampled_from(["a", "\u00e9", "\U0001f600", "a."]), st.integers(50, 400), st.text(max_size=20)).map(
    lambda parts: parts[0] * parts[1] + parts[2]
)
NAMES = st.text() | SPITEFUL | DEVICES | LONG

DEVICE = re.compile(
    r"(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$) *(\.|$)", re.IGNORECASE
)
RULES = st.none() | st.sampled_from(RestrictFilenames)
TYPES = (
    st.none() | st.text(max_size=20) | st.sampled_from(["application/pdf", "Image/PNG; q=1", "text/html", "text/plain"])
)


@given(NAMES, RULES)
def test_a_safe_name_is_safe(name: str, restrict: RestrictFilenames | None) -> None:
    safe = safe_name(name, restrict)
    if safe is None:
        return
    assert safe
    assert not set(safe) & set('/\\<>:"|?*\x00\n\x1b\x7f\u202e\u2066')
    assert safe[0] not in ".-~ "
    assert safe[-1] not in ". "
    assert not safe.lower().endswith((".part", ".part.json"))
    assert len(safe.encode()) <= MOST_BYTES - SUFFIX_BYTES
    assert unicodedata.is_normalized("NFC", safe)
    assert DEVICE.match(safe) is None or safe.lower().startswith(("com0", "lpt0"))


@given(NAMES)
def test_a_safe_name_stays_in_its_folder_on_every_system(name: str) -> None:
    safe = safe_name(name) or "x"
    assert (Path("/folder") / safe).parent == Path("/folder")
    assert (PureWindowsPath("C:\\folder") / safe).parent == PureWindowsPath("C:\\folder")


@given(NAMES, RULES)
def test_a_safe_name_is_left_alone(name: str, restrict: RestrictFilenames | None) -> None:
    safe = safe_name(name, restrict)
    assert safe is None or safe_name(safe, restrict) == safe
    assert safe is None or safe_name(safe) == safe


@given(NAMES)
def test_a_name_in_ascii_is_printable_ascii(name: str) -> None:
    safe = safe_name(name, RestrictFilenames.ASCII) or "x"
    assert safe.isascii()
    assert safe.isprintable()


@given(NAMES, st.integers(1, 10**6))
def test_a_numbered_name_is_new_and_has_room_for_our_suffixes(name: str, number: int) -> None:
    safe = safe_name(name) or "x"
    result = numbered(safe, number)
    assert result != safe
    assert f".{number}" in result
    assert len(f"{result}.damaged.9.part.json.0.new".encode()) <= MOST_BYTES


@given(NAMES, st.sampled_from(list(all_extensions())))
def test_what_a_name_becomes_was_possible_and_is_safe(name: str, extension: str) -> None:
    safe = safe_name(name) or "x"
    possible = list(possible_names(safe))
    assert all(safe_name(one) == one for one in possible)
    assert has_extension(safe) == (possible == [safe])
    assert has_extension(safe) or any(one.endswith(extension) for one in possible)


@given(NAMES, TYPES, RULES)
def test_a_name_chosen_from_any_header_and_url_is_safe(
    name: str, content_type: str | None, restrict: RestrictFilenames | None
) -> None:
    url = parse_url(f"https://example.com/a/{quote(name.encode('utf-8', 'replace'), safe='')}")
    for disposition in (
        None,
        name,
        f'attachment; filename="{name}"',
        f"attachment; filename*=UTF-8''{quote(name.encode('utf-8', 'replace'))}",
    ):
        chosen, _ = name_and_source(
            disposition=disposition, url=url, redirected=url, content_type=content_type, restrict=restrict
        )
        assert safe_name(chosen, restrict) == chosen
        assert safe_name(chosen) == chosen


@given(st.integers(0, 10**6))
def test_of_many_numbers_few_are_asked_for(taken: int) -> None:
    asked: list[int] = []
    assert free_number(lambda number: asked.append(number) or number > taken) == taken + 1
    assert len(asked) <= 2 * (taken + 1).bit_length() + 1


@given(st.sets(st.integers(1, 40)))
def test_a_free_number_is_free(taken: set[int]) -> None:
    assert free_number(lambda number: number not in taken) not in taken
