"""Parts to play with."""

import itertools
import tempfile
from pathlib import Path

import pytest

from parts import Parts

MEMORY = Path("/dev/shm")


@pytest.fixture
def parts(tmp_path, monkeypatch):
    return Parts(tmp_path, monkeypatch)


@pytest.fixture
def fresh(parts, tmp_path):
    """Move the parts to a new folder with each call; in memory where there is some, since these are many."""
    numbers = itertools.count()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else tmp_path) as outside:

        def begin():
            parts.folder = Path(outside) / str(next(numbers))
            parts.folder.mkdir()
            parts.target = str(parts.folder / "a.iso")

        yield begin
