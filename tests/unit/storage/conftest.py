"""Parts to play with."""

import pytest

from parts import Parts


@pytest.fixture
def parts(tmp_path, monkeypatch):
    return Parts(tmp_path, monkeypatch)
