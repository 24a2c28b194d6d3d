"""What lies on the disk is seen by looking there."""

from __future__ import annotations

from hashlib import sha3_256, sha256
from pathlib import Path

import pytest

from rheo.domain.checksum import Checksum
from rheo.selftest.evidence import CaseFailedError, check_bytes, check_files

RIGHT = Checksum("sha256", sha256(b"right").hexdigest())


def test_the_files_that_are_expected_and_no_others_are_right(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.iso").write_bytes(b"right")
    check_files(tmp_path, {folder / "a.iso": RIGHT})


def test_a_missing_file_is_seen(tmp_path: Path) -> None:
    with pytest.raises(CaseFailedError, match=r"a\.iso is missing"):
        check_files(tmp_path, {tmp_path / "a.iso": RIGHT})


@pytest.mark.parametrize("name", ["a.iso.part", ".hidden", "b.iso"])
def test_a_file_that_nobody_expected_is_seen(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.iso").write_bytes(b"right")
    (tmp_path / name).touch()
    with pytest.raises(CaseFailedError, match=f"{name} should not be there"):
        check_files(tmp_path, {tmp_path / "a.iso": RIGHT})


def test_a_link_that_leads_nowhere_is_seen(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(CaseFailedError, match="link should not be there"):
        check_files(tmp_path, {})


def test_a_wrong_byte_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.iso").write_bytes(b"wrong")
    with pytest.raises(CaseFailedError, match=r"a\.iso has wrong bytes"):
        check_files(tmp_path, {tmp_path / "a.iso": RIGHT})


def test_any_algorithm_will_do(tmp_path: Path) -> None:
    (tmp_path / "a.iso").write_bytes(b"right")
    check_bytes(tmp_path / "a.iso", Checksum("sha3-256", sha3_256(b"right").hexdigest()))
