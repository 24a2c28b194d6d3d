"""The lines of a list, whatever they are."""

import io

import pytest

from rheo.domain.lists.line import LONGEST
from rheo.storage.given.list_file import copy_of, lines_of


def opened(data: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(data))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_the_first_bytes_say_how_a_list_is_written(encoding: str) -> None:
    assert list(lines_of(opened("a\r\nü\n\n\u20ac".encode(encoding)))) == ["a\n", "ü\n", "\n", "\u20ac"]


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xfe\xff", "utf-16-be"), (b"\0\0\xfe\xff", "utf-32-be")])
def test_the_other_order_of_bytes_is_read_as_well(mark: bytes, encoding: str) -> None:
    assert list(lines_of(opened(mark + "ü\n".encode(encoding)))) == ["ü\n"]


def test_bytes_that_are_no_utf8_come_as_halves_of_a_pair() -> None:
    assert list(lines_of(opened(b"\xff\n"))) == ["\udcff\n"]


@pytest.mark.parametrize("length", [LONGEST - 1, LONGEST, LONGEST + 1, 2 * LONGEST, 2 * LONGEST + 1, 5 * LONGEST])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_of_a_line_that_is_too_long_a_character_more_than_the_longest_is_kept(length: int, end: str) -> None:
    first, second = lines_of(opened(f"{'x' * length}{end}b{end}".encode()))

    assert first == ("x" * length + "\n")[: LONGEST + 1]
    assert second == "b\n"


def test_a_copy_is_read_as_often_as_one_likes_and_the_list_is_closed() -> None:
    file = opened(b"a\nb\n")
    with copy_of(file) as copy:
        assert file.closed
        for _ in range(2):
            assert list(lines_of(copy)) == ["a\n", "b\n"]
            copy.seek(0)
