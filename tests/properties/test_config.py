"""Settings as text: what is written comes back, and nothing that is written does harm."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rheo.config import known, load_settings, override, to_text
from rheo.config.dotenv import parse
from rheo.domain.errors import SettingsError
from rheo.domain.settings import NameFrom, RestrictFilenames, Settings
from rheo.domain.text import printable
from rheo.domain.timetable import Timetable
from timetables import timetables

NAMES = list(known())

durations = st.floats(0.001, 2.0**31 - 1)
paths = st.text(st.characters(exclude_characters="\0"), min_size=1).map(Path)
rules = st.sampled_from(["404", "!503", "599", "certificate_rejected", "!network"])
rates = timetables().filter(lambda timetable: timetable != Timetable())
native: dict[str, st.SearchStrategy[Any]] = {
    "directory": paths,
    "max_concurrent": st.none() | st.integers(1, 2**31 - 1),
    "on_exists": st.sampled_from(list(type(Settings().on_exists))),
    "name_from": st.sampled_from(NameFrom),
    "restrict_filenames": st.none() | st.sampled_from(RestrictFilenames),
    "limit_rate": st.none() | rates,
    "limit_rate_per_download": st.none() | rates,
    "request_delay": st.floats(0, 2.0**31 - 1),
    "max_memory": st.integers(1 << 20, 2**53),
    "retry": st.integers(0, 2**31 - 1),
    "retry_max_time": st.floats(0, 2.0**31 - 1),
    "retry_on": st.lists(rules).map(tuple),
    "connect_timeout": durations,
    "first_byte_timeout": durations,
    "stall_timeout": durations,
    "timeout": st.none() | durations,
    "ca_file": st.none() | paths,
    "sync": st.sampled_from(list(type(Settings().sync))),
    "mtime": st.booleans(),
    "verbosity": st.sampled_from(list(type(Settings().verbosity))),
}
settings = st.builds(Settings, **native)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def overridden(name: str, value: object) -> Settings | str:
    """The settings, or what is said against the value."""
    try:
        return override(Settings(), {name: value})
    except SettingsError as error:
        return error.message


@given(settings)
@example(Settings(directory=Path("~/x"), ca_file=Path("off"), retry_max_time=5e-324))
@example(Settings(directory=Path("~"), ca_file=Path(" None ")))
def test_what_is_written_comes_back(valid: Settings) -> None:
    text = {name: to_text(getattr(valid, name)) for name in NAMES}
    assert override(Settings(), text) == valid


@given(st.sampled_from(NAMES), st.text() | anything)
@example("retry", "9" * 5000)
@example("retry", 1 << 100_000)
@example("timeout", 1 << 100_000)
@example("timeout", "1e999")
@example("directory", "~nobody-of-this-name")
@example("limit_rate", 1 << 100_000)
@example("limit_rate", "Mon 1M; in \u202e/" + "x" * 300)
@example("referer", "@")  # nothing is left without its user info
def test_whatever_is_given_is_a_value_or_told_on_one_harmless_line(name: str, anything: object) -> None:
    answer = overridden(name, anything)
    if isinstance(answer, Settings):
        assert overridden(name, getattr(answer, name)) == answer
        return
    assert answer.startswith(f"keyword {name}=")
    assert printable(answer) == answer
    assert len(answer) < 300


@given(st.text().filter(lambda word: word not in NAMES))
def test_an_unknown_name_is_a_settings_error(word: str) -> None:
    with pytest.raises(SettingsError, match="is not a setting"):
        override(Settings(), {word: 1})


@given(st.text(st.sampled_from("RHEO_XYexport=\"'\\#$ \t\r\n\x0b")) | st.text())
def test_any_text_is_a_env(text: str) -> None:
    for line in parse(text):
        assert line.variable.startswith("RHEO_")
        assert 1 <= line.number <= text.count("\n") + 1


@given(st.text(st.characters(exclude_characters="\n\r'")).filter(lambda text: text == text.strip()))
def test_a_quoted_value_is_itself(value: str) -> None:
    assert [line.value for line in parse(f"RHEO_X='{value}' # more")] == [value]


@given(st.binary() | st.text(st.sampled_from("RHEO_XYZ='\"# \n")).map(str.encode))
@example(b"RHEO_DIRECTORY=/etc\nRHEO_HOME=/\n")
def test_no_env_of_the_working_folder_stops_us_or_sets_what_it_may_not(content: bytes) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".env").write_bytes(content)
        loaded = load_settings(environment={"RHEO_HOME": name}, working_folder=folder)
    assert loaded.settings == Settings()
    assert all(printable(warning) == warning for warning in loaded.warnings)
