"""Where the programs run: an origin, a folder on each file system, and a home without anyone's settings."""

from __future__ import annotations

import mmap
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from bench.measure import PATIENCE, Run, run, started
from bench.origin import Origin, serve
from bench.payload import Payload, Shelf
from bench.programs import SEARCH_PATH, Recipe
from bench.scale import GIB, MIB, SMALL, Scale

_TOUCHED: Final = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE
Around = Callable[[Sequence[str]], list[str]]
"""Turns a command into the one by which it runs elsewhere."""


LISTED: Final = "urls.txt"
"""The name of the list, for programs that take one."""
MANY: Final = 1000
"""Files that are left on the disk until all is measured."""
KEPT: Final = 100
"""Runs of a row's many files of which there is room for."""


class Place(Enum):
    """A file system that is written to."""

    MEMORY = "memory"
    DISK = "disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every row needs."""

    origin: Origin
    shelf: Shelf
    scale: Scale
    memory: Path
    disk: Path
    environment: Mapping[str, str]
    results: Path
    """The file that results are written to; what plots are drawn from goes beside it."""

    @property
    def home(self) -> Path:
        """Where programs find their settings, of which there are none; also for files that go with all others."""
        return Path(self.environment["HOME"])

    def fetch(
        self,
        recipe: Recipe,
        payload: Payload,
        *,
        scheme: str = "http",
        place: Place = Place.MEMORY,
        sync: bool = False,
        patience: float = PATIENCE,
    ) -> Run:
        """Let a program fetch files into a fresh folder, and check them; `sync`: timed until a single one is on disk.

        Raises RunError where it fails, or where they are not what was served.
        """
        origin = self.origin.at(scheme)
        with self.fetching(recipe, payload, origin=origin, place=place, sync=sync, patience=patience) as finish:
            return finish()

    @contextmanager
    def fetching(
        self,
        recipe: Recipe,
        payload: Payload,
        *,
        origin: str,
        mirrors: Iterable[str] = (),
        place: Place = Place.MEMORY,
        sync: bool = False,
        around: Around = list,
        patience: float = PATIENCE,
    ) -> Iterator[Callable[[], Run]]:
        """Begin to fetch from an origin and its mirrors, and yield what ends it as `fetch` does."""
        with self.fresh_folder(place, kept=len(payload.names) >= MANY) as folder:
            further = [url for mirror in mirrors for url in payload.urls(mirror)]
            urls, listed = payload.urls(origin), self.home / LISTED
            listed.write_text(recipe.list_of(urls), encoding="utf-8")
            command = recipe.command(urls, mirrors=further, folder=folder, ca=self.origin.ca, listed=listed)
            commands = [around(command)]
            if sync:
                commands.append(["sync", str(folder / payload.names[0])])
            self.settle(payload.total, place)
            with started(commands, environment=self.environment, patience=patience) as finish:

                def finish_and_check() -> Run:
                    took = finish()
                    payload.check(folder)
                    return took

                yield finish_and_check

    def run(self, commands: Sequence[Sequence[str]]) -> Run:
        """Run commands in turn in the clean environment."""
        return run(commands, environment=self.environment)

    @contextmanager
    def fresh_folder(self, place: Place = Place.MEMORY, *, kept: bool = False) -> Iterator[Path]:
        """Make an empty folder, and remove it with all that came in; on the disk `kept` has it stay until the end."""
        folder = self.disk if place is Place.DISK else self.memory
        if kept and place is Place.DISK:
            yield Path(tempfile.mkdtemp(prefix="out-", dir=folder))
            return
        with tempfile.TemporaryDirectory(prefix="out-", dir=folder) as name:
            yield Path(name)

    def settle(self, size: int, place: Place) -> None:
        """Leave nothing of an earlier run for the next one to pay for.

        What is still to be written is written; and memory of that size is touched, since a virtual machine may
        have given free pages back to its host, and whoever came first would pay for getting them again.
        """
        if place is Place.DISK:
            os.sync()
        with mmap.mmap(-1, size + size // 4 + 16 * MIB, flags=_TOUCHED):
            pass


@contextmanager
def open_ground(scale: Scale, *, memory_folder: Path, disk_folder: Path, results: Path) -> Iterator[Ground]:
    """Make folders and start the origin; all of it is gone after the block."""
    _check_room(memory_folder, needed=3 * scale.big + 3 * scale.crowd * SMALL)
    _check_room(disk_folder, needed=2 * scale.big + (KEPT * scale.many + 6 * scale.crowd) * SMALL)
    with (
        tempfile.TemporaryDirectory(prefix="rheo-bench-", dir=memory_folder) as memory_name,
        tempfile.TemporaryDirectory(prefix=".work-", dir=disk_folder) as disk_name,
    ):
        _spread_out(disk_name)
        memory = Path(memory_name)
        home, root = memory / "home", memory / "served"
        home.mkdir()
        root.mkdir()
        with serve(root, home=home) as origin:
            yield Ground(
                origin=origin,
                shelf=Shelf(root),
                scale=scale,
                memory=memory,
                disk=Path(disk_name),
                environment=_environment(home),
                results=results,
            )


def _spread_out(folder: str) -> None:
    """Have each folder in here begin in another part of the disk, where ext4 is told so; elsewhere nothing happens.

    ext4 gives out no inode that was freed within the last minutes, and for every new file looks at all of those nearby.
    Beside 5,000 files that were just removed, making 5,000 takes 1.5 s longer: so many files stay, too.
    """
    with suppress(FileNotFoundError):
        subprocess.run(["chattr", "+T", folder], capture_output=True, check=False)


def _environment(home: Path) -> dict[str, str]:
    """Return the whole environment of the programs: no proxies, no settings of whoever runs this."""
    return {"PATH": SEARCH_PATH, "HOME": str(home), "RHEO_HOME": str(home / ".rheo"), "LANG": "C.UTF-8"}


def _check_room(folder: Path, *, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SystemExit(f"{folder} has {free / GIB:.1f} GiB left; {needed / GIB:.1f} GiB are needed")
