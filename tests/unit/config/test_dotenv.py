"""What a line of a .env means."""

from __future__ import annotations

import pytest

from rheo.config.dotenv import Line, parse


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("RHEO_X=a", "a"),
        ("  export  RHEO_X = a b  ", "a b"),
        ("RHEO_X=", ""),
        ("RHEO_X= # empty", ""),
        ("RHEO_X=a#b # c", "a#b"),
        ("RHEO_X='a # b' # c", "a # b"),
        (r"RHEO_X='a\n'", r"a\n"),
        (r'RHEO_X="a \"b\" \\ \$c \n"', r'a "b" \ $c \n'),
        ('RHEO_X=a"b"', 'a"b"'),
        ("RHEO_X=a=b\r", "a=b"),
        ("RHEO_X='a", None),
        ("RHEO_X='a'b", None),
        ('RHEO_X="a\\"', None),
        ("RHEO_X", None),
    ],
)
def test_a_line_means(line: str, value: str | None) -> None:
    assert parse(line) == [Line(1, "RHEO_X", value)]


@pytest.mark.parametrize("line", ["", "# RHEO_X=a", "X=RHEO_X=a", "exportRHEO_X=a", "rheo_x=a", "<html>", "='"])
def test_what_does_not_begin_with_our_prefix_is_not_ours(line: str) -> None:
    assert parse(line) == []


def test_lines_are_counted_as_editors_do() -> None:
    assert parse("A=1\r\n\r\n\x0bB\u2028=2\nRHEO_X=a\n") == [Line(4, "RHEO_X", "a")]


def test_long_runs_of_one_character_take_no_time() -> None:
    for character in " \t#'\"\\=\n":
        parse(f"RHEO_X={character * 200_000}a")
        parse(f'RHEO_X="{character * 200_000}a')
