"""What holds for every Content-Disposition, however odd."""

from __future__ import annotations

from random import Random
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.errors import ProtocolError
from rheo.transport.disposition import disposition_filename
from rheo.transport.headers import parse_head

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
PIECES = [
    "filename",
    "filename*",
    "*0",
    "*1*",
    ", attachment",
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


@given(st.binary(max_size=80) | PARAMETERS.map(str.encode))
def test_any_bytes_of_a_header_line_give_a_name_or_none(value: bytes) -> None:
    try:
        head = parse_head([b"HTTP/1.1 200 OK\r\n", b"Content-Disposition: " + value])
    except ProtocolError:
        return
    assert disposition_filename(head.fields["content-disposition"]) != ""


@given(NAMES, st.integers(1, 7), st.randoms())
def test_a_name_comes_back_from_pieces_in_any_order(name: str, width: int, dice: Random) -> None:
    data = name.encode()  # cut anywhere, also within a character
    chunks = [data[start : start + width] for start in range(0, len(data), width)]
    values = [("UTF-8''" if not number else "") + quote(chunk, safe="") for number, chunk in enumerate(chunks)]
    parameters = [f"filename*{number}*={value}" for number, value in enumerate(values)]
    dice.shuffle(parameters)
    assert disposition_filename("; ".join(["attachment", *parameters])) == name


@given(NAMES)
def test_an_escape_is_decoded_once(name: str) -> None:
    twice = quote(quote(name, safe=""), safe="")
    assert disposition_filename(f"attachment; filename*=UTF-8''{twice}") == quote(name, safe="")
    assert disposition_filename(f"attachment; filename*0*=UTF-8''{twice}") == quote(name, safe="")
