"""Whether a file that was to get a name has it."""

import os

import pytest

from rheo.domain.batch.row import Publishing
from rheo.storage.ledger.look import is_there

HELLO = "sha-256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


@pytest.fixture
def told(tmp_path):
    """A row that tells of a file that is there."""
    file = tmp_path / "file"
    file.write_bytes(b"hello")
    found = file.stat()
    return Publishing(1, str(file), 5, HELLO, found.st_dev, found.st_ino)


def test_the_file_itself_is_there_whatever_its_hash_was(told):
    assert is_there(told)
    assert is_there(told._replace(hash=None))
    assert is_there(told._replace(hash="sha-256:" + "0" * 64))


def test_a_copy_is_there_by_its_hash_alone(told):
    copy = told._replace(inode=told.inode + 1)
    assert is_there(copy)
    assert not is_there(copy._replace(hash="sha-256:" + "0" * 64))
    assert not is_there(copy._replace(hash=None))
    assert not is_there(copy._replace(hash="rot13:xyz"))


def test_what_has_another_size_or_is_no_file_is_not_there(told, tmp_path):
    assert not is_there(told._replace(size=4))
    assert not is_there(told._replace(path=str(tmp_path), size=os.lstat(tmp_path).st_size))
    (tmp_path / "link").symlink_to(told.path)
    assert not is_there(told._replace(path=str(tmp_path / "link")))
    assert not is_there(told._replace(path=str(tmp_path / "nothing")))
    assert not is_there(told._replace(path="\0"))
