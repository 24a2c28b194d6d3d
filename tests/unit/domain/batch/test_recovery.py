"""Whether what has a name is what was about to get it."""

import pytest

from rheo.domain.batch.recovery import Found, Likeness, likeness
from rheo.domain.batch.row import Publishing

TOLD = Publishing(1, "a.iso", 5, "sha-256:" + "0" * 64, device=1, inode=2)


@pytest.mark.parametrize(
    ("told", "found", "verdict"),
    [
        (TOLD, None, Likeness.OTHER),
        (TOLD, Found(5, 1, 2), Likeness.OURS),
        (TOLD._replace(hash=None), Found(5, 1, 2), Likeness.OURS),
        (TOLD, Found(6, 1, 2), Likeness.OTHER),
        (TOLD, Found(5, 1, 3), Likeness.HASH),
        (TOLD, Found(5, 9, 2), Likeness.HASH),
        (TOLD, Found(6, 1, 3), Likeness.OTHER),
        (TOLD._replace(hash=None), Found(5, 1, 3), Likeness.OTHER),
    ],
)
def test_a_file_is_ours_by_its_number_and_size_or_else_by_its_hash(told, found, verdict):
    assert likeness(told, found) is verdict
