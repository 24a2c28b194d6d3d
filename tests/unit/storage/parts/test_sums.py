"""Which stretches of a part get a sum, and what those tell later."""

import os
import zlib

import pytest

from rheo.domain.ranges import RangeSet
from rheo.storage.parts import sums as module
from rheo.storage.parts.part_state import Sum
from rheo.storage.parts.sums import LEAST, Sums, decayed, stretch_length

SIZE = 4 * LEAST + 100
DATA = os.urandom(SIZE)


@pytest.fixture
def part(tmp_path):
    path = tmp_path / "a.part"
    path.write_bytes(DATA)
    descriptor = os.open(path, os.O_RDWR)
    yield descriptor
    os.close(descriptor)


def stretch(number):
    start, stop = number * LEAST, min((number + 1) * LEAST, SIZE)
    return Sum(start, stop, zlib.crc32(DATA[start:stop]))


def new(known=(), *, there=(), size=SIZE):
    return Sums(known, there=there, size=size)


def test_whole_stretches_have_a_sum_and_so_has_the_end(part):
    assert new().update(part, RangeSet([(1, 2 * LEAST), (3 * LEAST - 1, SIZE)])) == (stretch(1), stretch(3), stretch(4))


def test_what_is_there_already_is_not_read_again(part):
    known = Sum(0, LEAST, 7)
    assert new([known], there=[(0, 2 * LEAST)]).update(part, RangeSet([(0, 3 * LEAST)])) == (known, stretch(2))


def test_what_is_not_there_any_more_is_summed_anew(part):
    sums = new([Sum(0, LEAST, 7)], there=[(0, LEAST)])
    assert sums.update(part, RangeSet([(5, LEAST)])) == ()
    assert sums.update(part, RangeSet([(0, LEAST)])) == (stretch(0),)


def test_what_comes_too_fast_has_none_and_later_bytes_have(part, monkeypatch):
    monkeypatch.setattr(module, "MOST_AT_ONCE", 2 * LEAST)
    sums = new()
    assert sums.update(part, RangeSet([(0, 3 * LEAST)])) == ()
    assert sums.update(part, RangeSet([(0, SIZE)])) == (stretch(3), stretch(4))


def test_of_a_file_of_unknown_size_the_end_has_none(part):
    assert new(size=None).update(part, RangeSet([(0, SIZE)])) == tuple(map(stretch, range(4)))


@pytest.mark.parametrize(
    ("size", "length"),
    [(None, LEAST), (0, LEAST), (4096 * LEAST, LEAST), (4096 * LEAST + 1, 2 * LEAST), (10**13, 2**32)],
)
def test_stretches_are_so_long_that_a_state_has_room(size, length):
    assert stretch_length(size) == length


def test_a_changed_byte_is_found_in_its_stretch(part):
    known = new().update(part, RangeSet([(0, SIZE)]))
    os.pwrite(part, bytes([DATA[LEAST + 5] ^ 1]), LEAST + 5)

    found = decayed(known, lambda start, stop: os.pread(part, stop - start, start))

    assert found == [(LEAST, 2 * LEAST)]
