"""What really lies on the disk after a case: looked for and read again, without asking rheo."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rheo.domain.checksum import Checksum

_SHOWN: Final = 12
"""Digits of a digest that tell two apart."""


class CaseFailedError(Exception):
    """What the case was to show is not so."""


def files_below(folder: Path) -> list[Path]:
    """Return every file in the folder and below, part files and dotfiles, too."""
    return sorted(path for path in folder.rglob("*") if not path.is_dir())


def check_files(folder: Path, expected: Mapping[Path, Checksum]) -> None:
    """Raise CaseFailedError unless exactly these files lie in the folder and below, with these checksums."""
    present = set(files_below(folder))
    for path in sorted(expected.keys() - present):
        raise CaseFailedError(f"{path.relative_to(folder)} is missing")
    for path in sorted(present - expected.keys()):
        raise CaseFailedError(f"{path.relative_to(folder)} should not be there")
    for path, checksum in expected.items():
        check_bytes(path, checksum)


def check_bytes(path: Path, expected: Checksum) -> None:
    """Raise CaseFailedError unless the file, read again, has this checksum."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, expected.algorithm.replace("-", "_")).hexdigest()
    if digest != expected.digest:
        found, due = digest[:_SHOWN], expected.digest[:_SHOWN]
        raise CaseFailedError(f"{path.name} has wrong bytes: its {expected.algorithm} begins with {found}, not {due}")
