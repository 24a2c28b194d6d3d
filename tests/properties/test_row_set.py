"""A set of bits against a set."""

from hypothesis import given
from hypothesis import strategies as st

from rheo.storage.ledger.run import RowSet


@given(st.lists(st.integers(1, 5000)))
def test_a_row_set_is_a_set(rows):
    ours, theirs = RowSet(), set()
    for row in rows:
        assert ours.add(row) == (row in theirs)
        theirs.add(row)
        assert row in ours
    assert all((row in ours) == (row in theirs) for row in range(6000))
