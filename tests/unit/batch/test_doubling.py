"""Copies of files that other lines fetched, and what comes to their names meanwhile."""

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest

from rheo.batch.doubling import Doubling
from rheo.batch.fed import Fed, Told
from rheo.domain.batch.claims import Claim
from rheo.domain.batch.row import Awaited, Publishing, RowState
from rheo.domain.settings import LEAVING, OnExists, Settings
from rheo.wishes import Wishes, request_for

ORIGINAL, OTHER = b"original", b"another line's"


class Ledger:
    """Says that these names are other lines', and has another file come to one before a copy gets its name."""

    def __init__(self, *, others: Sequence[Path] = (), comes: Path | None = None) -> None:
        self.others = [str(path) for path in others]
        self.comes = comes

    def claim(self, claim: Claim) -> Future[bool]:
        answer: Future[bool] = Future()
        answer.set_result(claim.path not in self.others)
        return answer

    def publishing_copies(self, files: Sequence[Publishing], of: Claim) -> bool:
        del of
        self.publishing(files)
        return True

    def publishing(self, files: Sequence[Publishing]) -> None:
        del files
        if self.comes is not None:
            self.comes.write_bytes(OTHER)


def doubled(ledger: Ledger, folder: Path, wish: OnExists) -> Path:
    original = folder / "original"
    original.write_bytes(ORIGINAL)
    wishes: Wishes = {"directory": folder, "output": "copy", "on_exists": wish}
    fed = Fed(2, "urls.txt, line 2", request_for("http://a.example/a", Settings(), wishes))
    done = Awaited(2, 1, RowState.DONE, str(original), len(ORIGINAL), None, None, None)

    doubling = Doubling(link=False, journal=ledger, synced=False, go_on=lambda: None)
    told = doubling.double(fed, 2, done)

    assert isinstance(told, Told)
    assert told.result is not None
    assert told.result.path.read_bytes() == ORIGINAL
    return told.result.path


@pytest.mark.parametrize("wish", sorted(LEAVING, key=str))
def test_a_name_that_another_line_is_about_to_have_is_numbered_around(wish: OnExists, tmp_path: Path) -> None:
    ledger = Ledger(others=[tmp_path / "copy", tmp_path / "copy.1"])

    assert doubled(ledger, tmp_path, wish) == tmp_path / "copy.2"


@pytest.mark.parametrize("wish", sorted(LEAVING, key=str))
def test_what_comes_to_a_name_that_was_free_stays(wish: OnExists, tmp_path: Path) -> None:
    ledger = Ledger(comes=tmp_path / "copy")

    assert doubled(ledger, tmp_path, wish) == tmp_path / "copy.1"
    assert (tmp_path / "copy").read_bytes() == OTHER
