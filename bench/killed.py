"""The row of kill -9: what the same command fetches again that had been read already."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from bench.crossing import ARIA2C_SPLIT
from bench.goals import Goal, broken, unmeasured, within
from bench.ground import Ground
from bench.measure import PATIENCE, RunError
from bench.payload import Payload
from bench.programs import CURL, RHEO, Recipe, present
from bench.relay import Answered, Relay, open_relay
from bench.scale import size_text
from bench.section import Section, rounds_text, spread_text
from bench.sockets import connected, unread_bytes
from bench.spans import Span, common, size_of
from bench.terms import RelayLimits
from bench.turns import spread

RATE: Final = 100e6
RESUMING_CURL: Final = replace(CURL, name="curl -C -", words=f"{CURL.words} -C -")
RECIPES: Final = (RHEO, ARIA2C_SPLIT, RESUMING_CURL)
EARLIEST, LATEST = 0.2, 0.8
"""The parts of the least time that the file needs between which it is killed."""
SETTLES_WITHIN: Final = 5.0
LOOK_EVERY: Final = 0.05

TEXT: Final = "≤ 0.3 s of traffic fetched again, beyond what was in flight, at the worst"
AGAIN: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """One run that was killed, and the next one that finished the file; bytes, but for `at`."""

    at: float
    """Seconds from its start."""
    read: int
    """Read from its sockets until then."""
    in_flight: int
    """Sent, and never read: what the sockets of a program that stands still hold."""
    again: int
    """Of what was read, sent again to the next run."""


@dataclass(slots=True)
class Fate:
    """How often a program was killed, or what went wrong."""

    deaths: list[Death] = field(default_factory=list)
    failure: str | None = None

    def column(self, of: Callable[[Death], float]) -> str:
        """Return the spread of a figure."""
        return spread_text(spread(map(of, self.deaths)))


def measure(ground: Ground, name: str) -> Section:
    """Kill each program in the middle of a file, and let the same command finish it."""
    payload = ground.shelf.one(ground.scale.killed)
    rounds = ground.scale.long_rounds
    fates = {recipe: Fate() for recipe in present(RECIPES)}
    for number in range(rounds):
        for recipe, fate in fates.items():
            if fate.failure is None:
                _meet(fate, partial(_die, ground, payload, recipe, random.Random(number)))
    return Section(
        title=f"{size_text(payload.size)} at 100 MB/s, killed in the middle and begun again",
        method=(
            "A relay on loopback passes 100 MB/s on. The program is stopped at a random moment, what lies unread in "
            "socket buffers is looked up in the kernel's table, it is killed (SIGKILL), and the same command is run "
            "again. Fetched again is what both runs were sent and the first one had read: a range that was asked for "
            f"and given up does not count beyond what was sent of it. {rounds_text(rounds)}"
        ),
        table=[
            [
                "Program",
                "killed after s",
                "read by then, MB",
                "sent and not read, MB",
                "fetched again, MB",
                "as s of traffic",
            ],
            *_lines(fates),
        ],
        goals=[_goal(name, fates)],
    )


def _meet(fate: Fate, die: Callable[[], Death]) -> None:
    try:
        fate.deaths.append(die())
    except RunError as error:
        fate.failure = str(error)


def _die(ground: Ground, payload: Payload, recipe: Recipe, chance: random.Random) -> Death:
    at = chance.uniform(EARLIEST, LATEST) * payload.size / RATE
    limits = RelayLimits(total=RATE)
    with ground.fresh_folder() as folder, open_relay(ground.origin, limits, environment=ground.environment) as relay:
        command = recipe.command(payload.urls(relay.origin), folder=folder, ca=ground.origin.ca)
        unread = _kill_at(at, command, relay, environment=ground.environment)
        first = relay.answers()
        ground.run([command])
        payload.check(folder)
        second = relay.answers()[len(first) :]
        read = list(_read(first, unread))
        return Death(
            at=at,
            read=size_of(read),
            in_flight=sum(answer.sent for answer in first) - sum(stop - start for start, stop in read),
            again=common(read, ((answer.start, answer.start + answer.sent) for answer in second)),
        )


def _kill_at(at: float, command: Sequence[str], relay: Relay, *, environment: Mapping[str, str]) -> Counter[int]:
    """Run a command, kill it after so many seconds, and return what it had not read, by its ports."""
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(
        command,
        env=dict(environment),
        cwd=Path(environment["HOME"]),
        stdin=nowhere,
        stdout=nowhere,
        stderr=nowhere,
        start_new_session=True,
    )
    try:
        time.sleep(at)
        if process.poll() is not None:
            raise RunError(f"had ended before it was to be killed: exit code {process.returncode}")
        os.killpg(process.pid, signal.SIGSTOP)
        return _settled(relay.port)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
        _wait_until(lambda: not connected(relay.port))


def _settled(port: int) -> Counter[int]:
    """Return the unread bytes of a program that stands still, as soon as no more come: its buffers are full."""
    before, now = Counter[int](), unread_bytes(port)
    deadline = time.monotonic() + SETTLES_WITHIN
    while now != before and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY)
        before, now = now, unread_bytes(port)
    return now


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SETTLES_WITHIN
    while not holds() and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY)


def _read(answers: Sequence[Answered], unread: Mapping[int, int]) -> Iterator[Span]:
    """Yield what of each answer was read; what was not belongs to the last one on its connection."""
    last = {answer.port: index for index, answer in enumerate(answers)}
    for index, answer in enumerate(answers):
        missing = unread.get(answer.port, 0) if last[answer.port] == index else 0
        yield answer.start, answer.start + max(0, answer.sent - missing)


def _lines(fates: Mapping[Recipe, Fate]) -> Iterator[list[str]]:
    for recipe, fate in fates.items():
        if fate.failure is not None:
            yield [recipe.name, f"failed: {fate.failure}", "", "", "", ""]
            continue
        yield [
            recipe.name,
            fate.column(lambda death: death.at),
            fate.column(lambda death: death.read / 1e6),
            fate.column(lambda death: death.in_flight / 1e6),
            fate.column(lambda death: death.again / 1e6),
            fate.column(lambda death: death.again / RATE),
        ]


def _goal(name: str, fates: Mapping[Recipe, Fate]) -> Goal:
    if RHEO not in fates:
        return unmeasured(name, TEXT, "no rheo")
    if fates[RHEO].failure is not None:
        return broken(name, TEXT)
    again = max(death.again for death in fates[RHEO].deaths)
    return within(name, TEXT, measured=again / RATE, limit=AGAIN, unit="s")
