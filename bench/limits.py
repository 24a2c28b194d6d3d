"""The row of how exactly limits are kept: what programs read from their sockets, in any second and in any ten."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from bench.goals import Goal, broken, unmeasured, within
from bench.ground import Ground, Place
from bench.measure import started
from bench.programs import CURL, RHEO, Recipe, aria2c, present
from bench.scale import MIB
from bench.section import Section
from bench.taken import Counters, History
from bench.windows import Deviations, deviations, first_byte

MANY: Final = 100
SETTLES: Final = 1.0
"""Seconds after the first byte that count for nothing."""
WATCHED: Final = 13.0
"""Seconds for which each is looked at, start-up included."""
OUTLASTS: Final = 20.0
"""Seconds that the files are enough for."""
LEAST: Final = 64 * MIB
"""Bytes of each file at the least: curl takes some 10 MB before it begins to keep a limit."""

SLOW: Final = 16_000
SHARED: Final = (64_000, 1_000_000)
"""Rates that are so low that all programs are looked at together."""
RATES: Final = (*SHARED, 10_000_000, 50_000_000, 200_000_000)
"""Those that the goals are for; of `SLOW` only ten seconds count."""
ALONE: Final = (50_000_000,)
"""Rates that rheo alone is asked to keep."""

RHEO_LIMITED: Final = f"{RHEO.words} --no-reserve --limit-rate {{rate}}"
ARIA2C_LIMITED: Final = aria2c("--file-allocation=none", "--max-overall-download-limit={rate}").words
LIMITED: Final = {
    1: (
        Recipe("rheo", RHEO_LIMITED),
        Recipe("aria2c", ARIA2C_LIMITED),
        Recipe("curl", f"{CURL.words} --limit-rate {{rate}}"),
    ),
    MANY: (
        Recipe("rheo", f"{RHEO_LIMITED} -j{MANY} --connections-per-host {MANY}"),
        Recipe("aria2c", f"{ARIA2C_LIMITED} -j{MANY} -Z"),
    ),
}
"""How each is told the limit, by the number of files."""


@dataclass(frozen=True, slots=True)
class Try:
    """A program that is to keep a limit with so many files."""

    recipe: Recipe
    rate: int
    files: int

    @property
    def ours(self) -> bool:
        """Whether it is rheo."""
        return self.recipe.program == RHEO.program


@dataclass(frozen=True, slots=True)
class Kept:
    """How far windows were from the limit."""

    second: Deviations
    ten: Deviations


Outcomes = Mapping[Try, Kept | str]
"""Or what went wrong."""


def measure(ground: Ground, name: str) -> Section:
    """Let programs keep limits, and hold every window against them."""
    outcomes: dict[Try, Kept | str] = {}
    for rate in (SLOW, *RATES):
        tries = list(_tries(rate))
        print(f"  {_rate_text(rate)}", end="", file=sys.stderr, flush=True)
        for group in [tries] if rate in (SLOW, *SHARED) else [[one] for one in tries]:
            outcomes.update(_watch(ground, group))
    return Section(
        title="How exactly limits are kept",
        method=(
            "Bytes that the kernel has given to the program, by its own counters (sock_diag: `tcpi_bytes_received` "
            f"less what is unread, of all connections), looked at every 10 ms for {WATCHED:g} s: nothing is between "
            f"program and nginx. From {SETTLES:g} s after the first byte on, every window of 10 s and of 1 s, at any "
            "start, is held against the limit; told are the one with the least and the one with the most. Up to 1 MB/s "
            "the programs run together, else one after the other. 1 kB is 1000 bytes. The options are "
            "`--limit-rate`, and aria2c's `--max-overall-download-limit`; wget2 1.99 has none."
        ),
        table=[
            ["Limit", "Files", "Program", "10 s windows, least to most", "1 s windows, least to most"],
            *(_line(one, kept) for one, kept in outcomes.items()),
        ],
        goals=list(_goals(name, outcomes)),
    )


def _tries(rate: int) -> Iterator[Try]:
    for files, recipes in LIMITED.items():
        for recipe in present(recipes):
            one = Try(recipe, rate, files)
            if one.ours or rate not in ALONE:
                yield one


def _watch(ground: Ground, group: Sequence[Try]) -> dict[Try, Kept | str]:
    """Let them fetch at the same time, each from an address of its own, and look on."""
    servers = dict(zip(group, ground.origin.beside, strict=False))
    addresses = {one: urlsplit(server).hostname or "" for one, server in servers.items()}
    with ExitStack() as stack:
        counters = stack.enter_context(Counters(ground.origin.port))
        for one, server in servers.items():
            payload = ground.shelf.hollow(max(LEAST, int(one.rate * OUTLASTS / one.files)), one.files)
            folder = stack.enter_context(ground.fresh_folder())
            ground.settle(int(one.rate * WATCHED), Place.MEMORY)
            told = Recipe(one.recipe.name, one.recipe.words.replace("{rate}", str(one.rate)))
            command = told.command(payload.urls(server), folder=folder, ca=ground.origin.ca)
            stack.enter_context(started([command], environment=ground.environment))
        histories = counters.watch(addresses.values(), time.monotonic() + WATCHED)
    return {one: _kept(histories[address], one.rate) for one, address in addresses.items()}


def _kept(history: History, rate: int) -> Kept | str:
    begun, until = first_byte(history), history[-1].at
    if begun is None:
        return "nothing came"
    second = deviations(history, rate, seconds=1, since=begun + SETTLES, until=until)
    ten = deviations(history, rate, seconds=10, since=begun + SETTLES, until=until)
    return "began too late" if second is None or ten is None else Kept(second, ten)


def _line(one: Try, kept: Kept | str) -> list[str]:
    begin = [_rate_text(one.rate), str(one.files), one.recipe.name]
    if isinstance(kept, str):
        return [*begin, f"failed: {kept}", ""]
    return [*begin, _span_text(kept.ten), _span_text(kept.second)]


def _span_text(found: Deviations) -> str:
    return f"{100 * found.least:+.1f} % to {100 * found.most:+.1f} %"


def _rate_text(rate: int) -> str:
    return f"{rate // 1_000_000} MB/s" if rate >= 1_000_000 else f"{rate // 1000} kB/s"


def _goals(name: str, outcomes: Outcomes) -> Iterator[Goal]:
    ours = {one: kept for one, kept in outcomes.items() if one.ours}
    usual = [kept for one, kept in ours.items() if one.rate in RATES]
    slow = [kept for one, kept in ours.items() if one.rate == SLOW]
    files = f"1 and {MANY} files"
    between = f"{_rate_text(RATES[0])} to {_rate_text(RATES[-1])}, {files}"
    yield _goal(f"{name}-ten", f"{between}: any 10 s within 2 %", usual, seconds=10)
    yield _goal(f"{name}-second", f"{between}: any 1 s within 10 %", usual, seconds=1)
    yield _goal(f"{name}-slow", f"{_rate_text(SLOW)}, {files}: any 10 s within 2 %", slow, seconds=10)


def _goal(key: str, text: str, several: Sequence[Kept | str], *, seconds: int) -> Goal:
    if not several:
        return unmeasured(key, text, "no rheo")
    if any(isinstance(kept, str) for kept in several):
        return broken(key, text)
    found = [kept.ten if seconds == 10 else kept.second for kept in several if isinstance(kept, Kept)]
    limit = 2 if seconds == 10 else 10
    return within(key, text, measured=100 * max(one.worst for one in found), limit=limit, unit="% off")
