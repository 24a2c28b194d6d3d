"""Locks between processes."""

import errno

import pytest

from rheo.storage import locks


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP])
def test_where_there_are_no_locks_nobody_waits(tmp_path, monkeypatch, number):
    def none(*_args):
        raise OSError(number, "no locks here")

    monkeypatch.setattr("fcntl.flock", none)
    with (
        locks.locked(str(tmp_path / "lock"), patience=1),
        locks.locked(str(tmp_path / "lock"), patience=1),
    ):
        assert (tmp_path / "lock").exists()


def test_a_lock_is_had_by_one_and_given_back(tmp_path):
    path = str(tmp_path / "lock")
    with (
        locks.locked(path, patience=1),
        pytest.raises(TimeoutError),
        locks.locked(path, patience=0.05),
    ):
        pass

    with locks.locked(path, patience=1):
        pass
