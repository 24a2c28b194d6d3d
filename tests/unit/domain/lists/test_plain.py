"""Plain lists, as aria2's input files are written."""

import tracemalloc
from itertools import chain

from rheo.domain.lists.line import LONGEST, BadLine, Line
from rheo.domain.lists.plain import read_plain

A, B = "https://a.example/a.iso", "https://b.example/b.iso"


def read(text: str) -> list[Line | BadLine]:
    return list(read_plain(text.splitlines(keepends=True)))


def test_each_line_is_a_url() -> None:
    assert read(f"{A}\n{B}") == [Line(1, (A,)), Line(2, (B,))]


def test_comments_and_empty_lines_say_nothing() -> None:
    assert read(f"# all of it\n\n{A}\r\n  # of the file\n   \n") == [Line(3, (A,))]


def test_mirrors_stand_behind_tabs() -> None:
    assert read(f"{A}\t{B}\t\n") == [Line(1, (A, B))]


def test_indented_lines_are_options_of_the_url_above() -> None:
    assert read(f"{A}\n  out=x = y.iso\n\tdir = /data \n{B}\n") == [
        Line(1, (A,), (("out", "x = y.iso"), ("dir", "/data"))),
        Line(4, (B,)),
    ]


def test_an_option_below_no_url_is_told_with_its_line() -> None:
    bad, good = read(f"  out=x\n  dir=y\n{A}\n")

    assert bad == BadLine(1, "an option stands below no URL")
    assert good == Line(3, (A,))


def test_a_file_whose_options_cannot_be_read_is_not_fetched_without_them() -> None:
    bad, good = read(f"{A}\n  out x.iso\n  dir=y\n{B}\n")

    assert bad == BadLine(2, "it is indented, but no option: write option=value")
    assert good == Line(4, (B,))


def test_a_file_is_told_as_soon_as_the_next_one_begins() -> None:
    coming = iter([f"{A}\n", f"{B}\n"])

    assert next(read_plain(coming)) == Line(1, (A,))
    assert list(coming) == []


def test_a_line_that_is_too_long_is_a_bad_one() -> None:
    bad, good = read(f"{A}{'x' * LONGEST}\n{B}\n")

    assert bad == BadLine(1, "it is longer than 1 MiB")
    assert good == Line(2, (B,))


def test_options_that_are_too_long_together_are_not_kept() -> None:
    options = (f"  out={number:0100000}\n" for number in range(500))
    tracemalloc.start()

    bad, good = read_plain(chain([f"{A}\n"], options, [f"{B}\n"]))

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert bad == BadLine(1, "its options are longer than 1 MiB")
    assert good == Line(502, (B,))
    assert peak < 4 * LONGEST
