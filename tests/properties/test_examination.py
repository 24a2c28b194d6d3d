"""What an examination says of a file follows from its bytes alone, however they come."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.checksum import Checksum
from rheo.domain.examination import Examination, Expected
from rheo.domain.pieces import Pieces
from rheo.domain.ranges import RangeSet

CONTENT = st.binary(min_size=1, max_size=200)
LENGTH = st.integers(1, 64)


def pieces_of(data, length):
    digests = [hashlib.sha256(data[start : start + length]).hexdigest() for start in range(0, len(data), length)]
    return Pieces(algorithm="sha256", length=length, digests=tuple(digests))


def damage_of(expected, data, step=7):
    examination = Examination(expected)
    for start in range(0, len(data), step):
        examination.update(data[start : start + step])
    return examination.damage("a")


@st.composite
def damaged(draw):
    """The right bytes, other ones of the same length, and the length of a piece."""
    data, length = draw(CONTENT), draw(LENGTH)
    other = bytearray(data)
    for at in draw(st.sets(st.integers(0, len(data) - 1), max_size=5)):
        other[at] ^= 1
    return data, bytes(other), length


@given(damaged(), st.integers(1, 50), st.booleans())
def test_bad_is_every_piece_with_a_wrong_byte_and_good_is_the_rest(case, step, whole):
    data, other, length = case
    checksums = (Checksum("sha256", hashlib.sha256(data).hexdigest()),) if whole else ()
    expected = Expected(checksums=checksums, size=len(data), pieces=pieces_of(data, length))

    damage = damage_of(expected, other, step)

    wrong = [at for at in range(len(data)) if data[at] != other[at]]
    if not wrong:
        assert damage is None
        return
    starts = {at // length * length for at in wrong}
    assert RangeSet(damage.bad) == RangeSet((start, min(start + length, len(data))) for start in starts)
    assert RangeSet([*damage.bad, *damage.good]) == RangeSet([(0, len(data))])
    assert sum(stop - start for start, stop in (*damage.bad, *damage.good)) == len(data)
    assert damage.error.bad == damage.bad


@given(CONTENT, CONTENT, LENGTH)
def test_what_is_called_good_has_the_right_bytes_whatever_the_file_is(data, other, length):
    damage = damage_of(Expected(size=len(data), pieces=pieces_of(data, length)), other)

    if damage is None:
        assert data == other
        return
    for start, stop in damage.good:
        assert other[start:stop] == data[start:stop]
    assert RangeSet([*damage.bad, *damage.good]) == RangeSet([(0, len(data))])


@given(CONTENT, CONTENT, LENGTH)
def test_pieces_alone_tell_a_right_file_from_every_other(data, other, length):
    damage = damage_of(Expected(pieces=pieces_of(data, length)), other)

    assert (damage is None) == (data == other)
    assert damage is None or damage.good == ()


@given(CONTENT, CONTENT)
def test_without_pieces_nothing_is_called_good_or_bad(data, other):
    expected = Expected(checksums=(Checksum("sha256", hashlib.sha256(data).hexdigest()),), size=len(data))

    damage = damage_of(expected, other)

    assert (damage is None) == (data == other)
    assert damage is None or (damage.bad, damage.good, damage.contradictory) == ((), (), False)


@given(CONTENT, LENGTH)
def test_a_right_file_whose_pieces_do_not_fit_its_digest_is_a_contradiction(data, length):
    expected = Expected(checksums=(Checksum("crc32", "0" * 8),), size=len(data), pieces=pieces_of(data, length))

    damage = damage_of(expected, data)

    assert damage is None or damage.contradictory
