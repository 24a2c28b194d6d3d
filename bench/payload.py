"""The files that are fetched: made once from a fixed seed, served by the origin, compared after every run."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.measure import RunError
from bench.origin import ANY_NAME
from bench.scale import MIB, SMALL

PAGE: Final = 4096
LEDGER: Final = ".ledger"
"""What the name of a batch's ledger ends with, which is beside the files."""
COMPARED: Final = 100
"""Files of many whose content is compared; names and sizes are, of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Files of one size in one folder of the origin, by their names."""

    folder: Path
    names: tuple[str, ...]
    size: int

    @property
    def total(self) -> int:
        """Bytes of all files."""
        return self.size * len(self.names)

    def urls(self, origin: str) -> list[str]:
        """Return where the origin serves them."""
        return [f"{origin}/{self.folder.name}/{name}" for name in self.names]

    def check(self, folder: Path) -> None:
        """Raise RunError unless exactly these files arrived, with their sizes and, spot by spot, their content."""
        entries = (entry for entry in os.scandir(folder) if not entry.name.endswith(LEDGER))
        arrived = {entry.name: entry.stat().st_size for entry in entries}
        if arrived.keys() != set(self.names):
            missing, foreign = set(self.names) - arrived.keys(), arrived.keys() - set(self.names)
            raise RunError(f"{len(missing)} files missing, {len(foreign)} foreign: {sorted(foreign)[:3]}")
        if wrong := [name for name, size in arrived.items() if size != self.size]:
            raise RunError(f"{len(wrong)} files of a wrong size, among them {wrong[0]}")
        for name in self.names[:: max(1, len(self.names) // COMPARED)]:
            if not _alike(self.folder / name, folder / name, self.size):
                raise RunError(f"{name} has a wrong content")


class Shelf:
    """Makes payloads when they are first asked for, below the folder that the origin serves."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders: dict[int, Path] = {}
        """By the size of their files; their names are short, so that a command line holds many URLs."""
        self._made: dict[int, int] = {}
        """Files that exist, by their size."""

    def one(self, size: int) -> Payload:
        """Return a single file."""
        return self._payload(size, 1)

    def many(self, count: int) -> Payload:
        """Return so many small files."""
        return self._payload(SMALL, count)

    def hollow(self, size: int, count: int = 1) -> Payload:
        """Return so many files of zeros that take no room."""
        folder = self._root / f"hollow-{size}"
        folder.mkdir(exist_ok=True)
        names = tuple(map(str, range(count)))
        for name in names:
            with (folder / name).open("wb") as file:
                file.truncate(size)
        return Payload(folder=folder, names=names, size=size)

    def any_name(self, size: int) -> None:
        """Let every name below `ANY_NAME` be a file of so many bytes."""
        _make(self._root / ANY_NAME[1:], size, seed=size)

    def _payload(self, size: int, count: int) -> Payload:
        folder = self._folders.setdefault(size, self._root / str(len(self._folders)))
        folder.mkdir(exist_ok=True)
        for index in range(self._made.get(size, 0), count):
            _make(folder / str(index), size, seed=index)
        self._made[size] = max(count, self._made.get(size, 0))
        return Payload(folder=folder, names=tuple(map(str, range(count))), size=size)


def _make(path: Path, size: int, *, seed: int) -> None:
    chance = random.Random(seed)
    with path.open("wb") as file:
        for start in range(0, size, MIB):
            file.write(chance.randbytes(min(MIB, size - start)))


def _alike(ours: Path, theirs: Path, size: int) -> bool:
    """Compare a page of every MiB, and the last one."""
    with ours.open("rb") as expected, theirs.open("rb") as got:
        return all(
            os.pread(expected.fileno(), PAGE, place) == os.pread(got.fileno(), PAGE, place) for place in _places(size)
        )


def _places(size: int) -> Iterator[int]:
    chance = random.Random(size)
    for start in range(0, size, MIB):
        yield start + chance.randrange(max(1, min(MIB, size - start) - PAGE + 1))
    yield max(0, size - PAGE)
