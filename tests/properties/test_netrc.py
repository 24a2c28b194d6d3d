"""What holds for every netrc, and for every file that is none."""

from __future__ import annotations

import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheo.config.netrc import netrc_login
from rheo.domain.errors import SettingsError
from rheo.domain.text import printable

PIECES = st.sampled_from(
    ["machine", "default", "login", "password", "account", "macdef", "a", "b", " ", "\t", "\n", "\r\n", '"', "\\", "#"]
)
ODD_FILES = st.binary() | st.lists(PIECES | st.text(max_size=3)).map(
    lambda pieces: "".join(pieces).encode("utf-8", "replace")
)
WORDS = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), min_size=1, max_size=20)
ENTRIES = st.tuples(st.sampled_from("abc"), st.none() | WORDS, st.none() | WORDS)


def login(host: str, content: bytes) -> tuple[str, str] | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "netrc"
        path.touch(0o600)
        path.write_bytes(content)
        found = netrc_login(host, path=path, environment={}, home=path.parent)
    return None if found is None else (found[0], found[1].reveal())


def quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@given(ODD_FILES)
def test_any_bytes_are_a_login_or_none_or_refused_in_a_sentence(content: bytes) -> None:
    try:
        found = login("a", content)
    except SettingsError as error:
        assert printable(error.message) == error.message  # noqa: PT017
        return
    assert found is None or found[0]


@given(st.lists(ENTRIES, max_size=4))
def test_the_first_entry_of_a_host_decides_alone(entries: list[tuple[str, str | None, str | None]]) -> None:
    lines = []
    for host, user, word in entries:
        lines.append(f"machine {host}")
        lines += [] if user is None else [f"  login {quoted(user)}"]
        lines += [] if word is None else [f"  password {quoted(word)}"]
    expected = next(((user, word) for host, user, word in entries if host == "a"), (None, None))
    found = login("a", "\n".join(lines).encode())
    assert found == (None if None in expected else expected)


@given(st.text(st.sampled_from('abc"\\# \t\r\n\0'), max_size=10))
def test_no_refusal_repeats_a_password(junk: str) -> None:
    try:
        login("a", f"machine a login me password SECRET{junk}SECRET\n".encode())
    except SettingsError as error:
        assert "SECRET" not in error.message  # noqa: PT017


@pytest.mark.parametrize(
    "piece", ["a", " ", '"', "\\", '"a" ', "\\a", "\n", "#", "machine a ", "default ", "login a\n"]
)
@pytest.mark.parametrize("end", ["", "\0", '"'])
def test_reading_takes_linear_time(piece: str, end: str) -> None:
    started = time.perf_counter()
    content = f"machine b password {piece * (60_000 // len(piece))}{end}"
    with suppress(SettingsError):
        login("a", content.encode())
    assert time.perf_counter() - started < 2
