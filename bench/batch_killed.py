"""The row of a list that is killed in the middle: what the same command asks for again, and how soon it goes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.batch_report import read_report
from bench.goals import Goal, broken, within
from bench.ground import LISTED, Ground
from bench.measure import PATIENCE, RunError
from bench.origin import LOGGED
from bench.payload import LEDGER, Payload
from bench.programs import RHEO_BATCH, present
from bench.section import Section, left_out, rounds_text, spread_text
from bench.transfers import count_text
from bench.turns import spread

EARLIEST, LATEST = 0.2, 0.8
"""The parts of the list after which it is killed."""
LOOK_EVERY: Final = 0.005
AGAIN_TEXT: Final = "no file that had its name is asked for again"
LEFT_OVER_TEXT: Final = "no part file is left over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """One run that was killed, and the next one that finished the list."""

    there: int
    """Files that had their names."""
    half: int
    """Files that were asked for, and had no name yet."""
    again: int
    """Of those that had their names, asked for by the next run."""
    left_over: int
    """Part files of the first run that are still there after the next one."""
    goes_on: float
    """Seconds from the start of the next run until it was answered for the first time."""
    took: float
    """Seconds of the next run."""


def measure(ground: Ground, name: str) -> Section:
    """Kill a run over and over, each time after another part of the list, and let the same command finish it."""
    count, rounds = ground.scale.batch_killed, ground.scale.long_rounds
    title = f"{count_text(count)} by list, killed in the middle and begun again"
    promises = [(f"{name}-again", AGAIN_TEXT), (f"{name}-left-over", LEFT_OVER_TEXT)]
    if not present([RHEO_BATCH]):
        return left_out(title, "no rheo", promises)
    payload = ground.shelf.many(count)
    method = (
        f"Over HTTP, onto the memory file system. When a random part of the list, {EARLIEST:.0%} to {LATEST:.0%}, has "
        "been asked for, the program is killed (SIGKILL), and the same command is run again. The server's log says "
        "what was asked for. Afterwards all files are compared, and the report has to have every line as done. "
        f"{rounds_text(rounds)}"
    )
    try:
        deaths = [_die(ground, payload, random.Random(number)) for number in range(rounds)]
    except RunError as error:
        return Section(
            title=title,
            method=method,
            table=[["Program"], [f"failed: {error}"]],
            goals=[broken(*one) for one in promises],
        )
    return Section(title=title, method=method, table=_table(deaths), goals=list(_goals(promises, deaths)))


def _die(ground: Ground, payload: Payload, chance: random.Random) -> Death:
    part = chance.uniform(EARLIEST, LATEST)
    urls = payload.urls(f"{ground.origin.http}{LOGGED}")
    listed, log = ground.home / LISTED, _Log(ground.origin.requests)
    listed.write_text(RHEO_BATCH.list_of(urls), encoding="utf-8")
    with ground.fresh_folder() as folder:
        command = RHEO_BATCH.command(urls, folder=folder, ca=ground.origin.ca, listed=listed)
        asked: list[str] = []

        def is_time() -> bool:
            asked.extend(name for _, name in log.read())
            return len(asked) >= part * len(urls)

        _kill_when(is_time, command, environment=ground.environment)
        asked += [name for _, name in log.read()]
        there = {entry.name for entry in folder.iterdir()} & set(payload.names)
        began = time.time()
        took = ground.run([command])
        after = list(log.read())
        left_over = list(folder.glob("*.part"))
        for part_file in left_over:
            part_file.unlink()
        payload.check(folder)
        report = read_report(folder / f"{LISTED}{LEDGER}", environment=ground.environment)
    if report.states != {"done": len(urls)}:
        raise RunError(f"the report says {report.states}")
    return Death(
        there=len(there),
        half=len(set(asked) - there),
        left_over=len(left_over),
        again=len(there.intersection(name for _, name in after)),
        goes_on=min((at for at, _ in after), default=began) - began,
        took=took.wall,
    )


class _Log:
    """The server's log of requests, from now on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = path.stat().st_size if path.exists() else 0
        """Bytes of it."""

    def read(self) -> Sequence[tuple[float, str]]:
        """Return the requests that were answered since the last time: when, in seconds since 1970, and the name."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._read)
            whole, end, _ = file.read().rpartition(b"\n")
        self._read += len(whole) + len(end)
        pairs = (line.split(" ") for line in whole.decode().splitlines())
        return [(float(at), path.rpartition("/")[2]) for at, path in pairs]


def _kill_when(is_time: Callable[[], bool], command: Sequence[str], *, environment: Mapping[str, str]) -> None:
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(
        command, env=dict(environment), stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
    )
    deadline = time.monotonic() + PATIENCE
    try:
        while not is_time():
            if process.poll() is not None:
                raise RunError(f"had ended before it was to be killed: exit code {process.returncode}")
            if time.monotonic() > deadline:
                raise RunError(f"not so far within {PATIENCE:g} s")
            time.sleep(LOOK_EVERY)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _table(deaths: Sequence[Death]) -> list[list[str]]:
    return [
        [
            "Files there",
            "asked for, not there yet",
            "asked for again of those there",
            "part files left over",
            "goes on after s",
            "finishes after s",
        ],
        [
            spread_text(spread(death.there for death in deaths), 0),
            spread_text(spread(death.half for death in deaths), 0),
            spread_text(spread(death.again for death in deaths), 0),
            spread_text(spread(death.left_over for death in deaths), 0),
            spread_text(spread(death.goes_on for death in deaths)),
            spread_text(spread(death.took for death in deaths)),
        ],
    ]


def _goals(promises: Sequence[tuple[str, str]], deaths: Sequence[Death]) -> Iterator[Goal]:
    counts = (sum(death.again for death in deaths), sum(death.left_over for death in deaths))
    for (key, text), count in zip(promises, counts, strict=True):
        yield within(key, text, measured=count, limit=0, unit="files")
