"""The rows of downloads that share a limit: by weight while a third one comes and goes, and by a deadline."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from typing import Final

from bench.attendant import ROOT, AttendantError, attended
from bench.goals import Goal, broken, within
from bench.ground import Ground
from bench.origin import BESIDE
from bench.section import Section, left_out
from bench.taken import Counters, History
from bench.windows import average, first_byte, starts, taken_by

RATE: Final = 10_000_000
PHASE: Final = 6.0
"""Seconds without the third download, with it, and without it again."""
SETTLES: Final = 1.0
WINDOW: Final = 1.0
TOLERANCE: Final = 0.1
HOLDS_TEXT: Final = "new shares hold in < 1 s"
NAMES: Final = ("priority 0, weight 1", "priority 2, weight 3", "priority 3, weight 4")
WEIGHTS: Final = (1, 3, 4)

WANTED: Final = 60_000_000
WANTED_IN: Final = 8
IN_TIME_TEXT: Final = "in time"


@dataclass(frozen=True, slots=True)
class Phase:
    """A time in which the same downloads run, and what each of them should have, in bytes per second; 0: nothing."""

    begins: float
    ends: float
    ideals: tuple[float, ...]


def weights(ground: Ground, name: str) -> Section:
    """Share a limit by weights, and see what everybody gets, and from when on."""
    title = "Two downloads of weights 1 and 3 under 10 MB/s, while a third of weight 4 comes and goes"
    promises = [(f"{name}-{event}", f"{HOLDS_TEXT} after it {event}") for event in ("comes", "goes")]
    if not find_spec("rheo"):
        return left_out(title, "rheo cannot be imported", promises)
    try:
        histories, phases = _watch(ground)
    except AttendantError as error:
        return Section(
            title=title, method=f"It failed: {error}.", table=[["Download"]], goals=[broken(*one) for one in promises]
        )
    return Section(
        title=title,
        method=(
            "By the library, each from an address of its own, counted as for the row of how exactly limits are kept; "
            f"phases of {PHASE:g} s. MB/s from {SETTLES:g} s after each change on, beside it the ideal. Shares hold "
            f"from when on every window of {WINDOW:g} s until the next change has each of them within "
            f"{TOLERANCE:.0%} of the ideal."
        ),
        table=list(_table(histories, phases)),
        goals=[
            _holds_goal(*promise, _holds_after(histories, phase))
            for promise, phase in zip(promises, phases[1:], strict=True)
        ],
    )


def deadline(ground: Ground, name: str) -> Section:
    """Have a file by its deadline that half of the limit would bring too late."""
    title = f"{WANTED // 1_000_000} MB wanted in {WANTED_IN} s, beside an endless download, under 10 MB/s"
    if not find_spec("rheo"):
        return left_out(title, "rheo cannot be imported", [(name, IN_TIME_TEXT)])
    took = _hurry(ground)
    goal = broken(name, IN_TIME_TEXT)
    if isinstance(took, float):
        goal = within(name, IN_TIME_TEXT, measured=took, limit=WANTED_IN, unit="s")
    return Section(
        title=title,
        method="By the library. Half of the limit would need 12 s, all of it 6 s; what is not needed is the other's.",
        table=[["Seconds"], [f"{took:.2f}" if isinstance(took, float) else f"failed: {took}"]],
        goals=[goal],
    )


def _watch(ground: Ground) -> tuple[Sequence[History], Sequence[Phase]]:
    servers, addresses = ground.origin.beside[: len(NAMES)], BESIDE[: len(NAMES)]
    payload = ground.shelf.hollow(int(RATE * 4 * PHASE))
    with Counters(ground.origin.port) as counters, ground.fresh_folder() as folder:
        urls = [payload.urls(server)[0] for server in servers]
        words = (str(folder), str(RATE), str(PHASE), *urls)
        with attended("sharing", *words, environment=ground.environment) as (_, (comes, goes)):
            found = counters.watch(addresses, goes + PHASE)
    histories = [found[address] for address in addresses]
    times = (first_byte(histories[0]) or comes, comes, goes, goes + PHASE)
    parts = (WEIGHTS[:2], WEIGHTS, WEIGHTS[:2])
    phases = [
        Phase(*begin_and_end, tuple(RATE * weight / sum(part) for weight in part))
        for begin_and_end, part in zip(pairwise(times), parts, strict=True)
    ]
    return histories, phases


def _table(histories: Sequence[History], phases: Sequence[Phase]) -> Iterator[list[str]]:
    yield ["Download", "two (ideal)", "with the third (ideal)", "two again (ideal)"]
    for index, (name, history) in enumerate(zip(NAMES, histories, strict=True)):
        yield [name, *(_rate_text(history, phase, index) for phase in phases)]
    yield ["shares hold after", "", *(_seconds_text(_holds_after(histories, phase)) for phase in phases[1:])]


def _rate_text(history: History, phase: Phase, index: int) -> str:
    if index >= len(phase.ideals):
        return ""
    return f"{average(history, phase.begins + SETTLES, phase.ends) / 1e6:.2f} ({phase.ideals[index] / 1e6:.2f})"


def _seconds_text(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.2f} s"


def _holds_after(histories: Sequence[History], phase: Phase) -> float | None:
    """Return how long after its beginning the shares of a phase hold until its end; None where they do not."""
    held = None
    for start in reversed(list(starts(phase.begins, phase.ends - WINDOW))):
        if not _near(histories, phase, start):
            return held
        held = start - phase.begins
    return held


def _near(histories: Sequence[History], phase: Phase, start: float) -> bool:
    """Whether all have what they should in the window that begins then."""
    return all(
        abs((taken_by(history, start + WINDOW) - taken_by(history, start)) / WINDOW / ideal - 1) <= TOLERANCE
        for history, ideal in zip(histories, phase.ideals, strict=False)
    )


def _holds_goal(key: str, text: str, seconds: float | None) -> Goal:
    if seconds is None:
        return Goal(key=key, text=text, measured="never", met=False)
    return within(key, text, measured=seconds, limit=1.0, unit="s")


def _hurry(ground: Ground) -> float | str:
    """Return the seconds until the file was there, or what went wrong."""
    with ground.fresh_folder() as folder:
        servers = ground.origin.beside
        wanted, other = ground.shelf.hollow(WANTED), ground.shelf.hollow(WANTED * 10)
        words = (str(folder), str(RATE), str(WANTED_IN), wanted.urls(servers[0])[0], other.urls(servers[1])[0])
        environment: Mapping[str, str] = ground.environment
        command = [sys.executable, "-m", "bench.children.hurried", *words]
        ended = subprocess.run(command, cwd=ROOT, env=dict(environment), capture_output=True, text=True, check=False)
    if ended.returncode:
        return ended.stderr.strip().rpartition("\n")[2]
    return float(ended.stdout)
