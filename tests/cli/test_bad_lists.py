"""`rheo download -i`: what is wrong with a line, and with how a list is written."""

from pathlib import Path

import pytest

from cli.command import Rheo
from origin import File, Origin

DATA = b"x" * 2048


@pytest.fixture
def url(origin: Origin) -> str:
    origin.serve("/a.iso", File(DATA))
    return origin.url("/a.iso")


def written(text: str | bytes, name: str = "urls.txt") -> str:
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def test_a_line_whose_folder_cannot_be_is_told_by_its_number(url: str, rheo: Rheo) -> None:
    Path("taken").touch()
    written(f"# two\n{url}\n  dir=taken\n{url}\n")

    ran = rheo("-i", "urls.txt")

    assert ran.code == 3
    assert "failed: urls.txt, line 2: " in ran.err
    assert Path("a.iso").read_bytes() == DATA
