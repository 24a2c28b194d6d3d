"""How many files a process may have open."""

import subprocess
import sys

import pytest

from rheo.storage.open_files import most_open

pytest.importorskip("resource")

PROGRAM = """
import resource
from rheo.storage.open_files import allow_open, most_open
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))
print(most_open())
for wanted in (50, 150, 120, 1000):
    allow_open(wanted)
    print(most_open())
"""


def test_as_many_are_allowed_as_are_wanted_and_the_system_lets_one_have_and_never_fewer() -> None:
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["100", "100", "150", "150", "200"]


def test_there_is_room_for_some() -> None:
    assert most_open() > 0
