"""What holds for every Content-Disposition, however odd."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from rheo.transport.disposition import disposition_filename

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
PIECES = [
    "filename",
    "filename*",
    "=",
    '"',
    ";",
    " ",
    "\\",
    "''",
    "UTF-8''",
    "%20",
    "%",
    "a",
    "=?UTF-8?B?",
    "YQ==",
    "?=",
]
PARAMETERS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(NAMES)
def test_a_name_that_is_quoted_comes_back(name: str) -> None:
    if not name.startswith("=?"):
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        assert disposition_filename(f'attachment; filename="{quoted}"; x=y') == name


@given(NAMES, NAMES)
def test_the_extended_name_comes_back_whatever_the_order(name: str, other: str) -> None:
    extended = f"filename*=UTF-8''{quote(name, safe='')}"
    plain = 'filename="{}"'.format(other.replace("\\", "\\\\").replace('"', '\\"'))
    assert disposition_filename(f"attachment; {extended}; {plain}") == name
    assert disposition_filename(f"attachment; {plain}; {extended}") == name


@given(st.text() | PARAMETERS)
def test_any_disposition_gives_a_name_or_none(text: str) -> None:
    assert disposition_filename(text) != ""
