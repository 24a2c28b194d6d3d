"""The rows in which programs fetch the same files: one big file, many small ones, and a crowd of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.comparing import Outcomes, compare, gap, ran
from bench.goals import Goal, unmeasured, within
from bench.ground import Ground, Place
from bench.measure import PATIENCE, Run
from bench.payload import Payload
from bench.programs import CURL, CURL_PARALLEL, RHEO, WGET2, Recipe, aria2c, present
from bench.scale import SMALL, size_text
from bench.section import Section, outcomes_table, rounds_text
from bench.turns import take_turns

Promise = Callable[[str, Outcomes], Goal]
"""Takes the row's name and what came out."""

ARIA2C: Final = (aria2c(), aria2c("--file-allocation=falloc", "--disk-cache=0"))
"""As it comes, and with the least CPU that we found."""

ARIA2C_TUNED: Final = (*ARIA2C, aria2c("-x16", "-s16", "--file-allocation=falloc"))
"""Also as people tune it, which on loopback costs more."""

ARIA2C_MANY: Final = aria2c("-j16", "-Z")
MEGABYTES: Final = 60.0
"""Of memory that the design allows."""

NOT_SYNCED: Final = "Nothing is synced on a memory file system."


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One row: what is fetched over which scheme to where, by whom, how often, and what is promised about it."""

    payload: Payload
    what: str
    method: str
    scheme: str
    place: Place
    recipes: Sequence[Recipe]
    promises: Sequence[Promise]
    rounds: int
    patience: float = PATIENCE
    """Seconds after which a run is given up."""

    @property
    def title(self) -> str:
        """What, over which scheme, and where to."""
        return f"{self.what}, {self.scheme.upper()}, {'disk' if self.place is Place.DISK else 'memory file system'}"

    @property
    def sync_afterwards(self) -> bool:
        """Whether a program that does not sync is timed until the one file is on the disk."""
        return self.place is Place.DISK and len(self.payload.names) == 1

    def measure(self, ground: Ground, name: str, *, warm_up: bool = True) -> Section:
        """Let the programs, of which the first is ours, take turns at it."""
        ours = self.recipes[0]

        def attempt(recipe: Recipe) -> Run:
            sync = self.sync_afterwards and recipe is not ours
            return ground.fetch(
                recipe, self.payload, scheme=self.scheme, place=self.place, sync=sync, patience=self.patience
            )

        outcomes = take_turns(present(self.recipes), attempt, rounds=self.rounds, warm_up=warm_up)
        return Section(
            title=self.title,
            method=f"{self.method} {rounds_text(self.rounds)}",
            table=outcomes_table(outcomes, reference=ours),
            goals=[promise(name, outcomes) for promise in self.promises],
        )


def big(ground: Ground, name: str, *, scheme: str, place: Place) -> Section:
    """Fetch one big file."""
    synced = "The peers' figures include `sync FILE` afterwards; rheo syncs by itself."
    on_disk = place is Place.DISK
    transfer = Transfer(
        payload=ground.shelf.one(ground.scale.big),
        what=size_text(ground.scale.big),
        method=synced if on_disk else NOT_SYNCED,
        scheme=scheme,
        place=place,
        recipes=(RHEO, *(ARIA2C if on_disk else ARIA2C_TUNED), CURL, WGET2),
        promises=(_cpu_of_aria2c, _cpu_of_curl, _memory),
        rounds=ground.scale.long_rounds,
    )
    return transfer.measure(ground, name)


def many(ground: Ground, name: str, *, scheme: str, place: Place) -> Section:
    """Fetch many small files."""
    on_disk = place is Place.DISK
    synced = "rheo and aria2c sync every file, curl and wget2 none." if on_disk else NOT_SYNCED
    transfer = Transfer(
        payload=ground.shelf.many(ground.scale.many),
        what=count_text(ground.scale.many),
        method=f"The URLs are arguments. {synced}",
        scheme=scheme,
        place=place,
        recipes=(RHEO, ARIA2C_MANY, CURL_PARALLEL, WGET2),
        promises=(_synced_aria2c, _synced_curl) if on_disk else (_faster_than_aria2c,),
        rounds=ground.scale.long_rounds if on_disk else ground.scale.short_rounds,
    )
    return transfer.measure(ground, name)


def crowd(ground: Ground, name: str) -> Section:
    """Fetch as many small files as one command line holds."""
    transfer = Transfer(
        payload=ground.shelf.many(ground.scale.crowd),
        what=count_text(ground.scale.crowd),
        method=f"The URLs are arguments. {NOT_SYNCED}",
        scheme="http",
        place=Place.MEMORY,
        recipes=(RHEO, CURL_PARALLEL),
        promises=(_half_of_curl,),
        rounds=ground.scale.long_rounds,
    )
    return transfer.measure(ground, name)


def count_text(count: int) -> str:
    """Return what so many small files are called."""
    return f"{count:,} x {size_text(SMALL)}"


def _cpu_of_aria2c(name: str, outcomes: Outcomes) -> Goal:
    key, text = f"{name}-cpu-aria2c", "CPU ≤ aria2c's best settings"
    measured = [recipe for recipe in ARIA2C_TUNED if ran(outcomes, recipe)]
    if not measured:
        return unmeasured(key, text, "no aria2c")
    best = min(measured, key=lambda recipe: outcomes[recipe].cpu)
    return compare(key, f"{text} (here `{best.name}`)", outcomes, best, 1.0, of=lambda outcome: outcome.cpu)


def _cpu_of_curl(name: str, outcomes: Outcomes) -> Goal:
    return compare(f"{name}-cpu-curl", "CPU ≤ 1.25 x curl's", outcomes, CURL, 1.25, of=lambda outcome: outcome.cpu)


def _memory(name: str, outcomes: Outcomes) -> Goal:
    key, text = f"{name}-memory", "memory ≤ 60 MB"
    if (missing := gap(key, text, outcomes, RHEO)) is not None:
        return missing
    return within(key, text, measured=outcomes[RHEO].peak / 1e6, limit=MEGABYTES, unit="MB")


def _faster_than_aria2c(name: str, outcomes: Outcomes) -> Goal:
    return compare(f"{name}-aria2c", "faster than aria2c -j16", outcomes, ARIA2C_MANY, 1.0, strict=True)


def _synced_aria2c(name: str, outcomes: Outcomes) -> Goal:
    return compare(f"{name}-aria2c", "≤ 0.4 x aria2c -j16", outcomes, ARIA2C_MANY, 0.4)


def _synced_curl(name: str, outcomes: Outcomes) -> Goal:
    return compare(f"{name}-curl", "≤ 3 x curl -Z, which does not sync", outcomes, CURL_PARALLEL, 3.0)


def _half_of_curl(name: str, outcomes: Outcomes) -> Goal:
    return compare(f"{name}-curl", "≥ 0.5 x curl -Z's rate: ≤ 2 x its time", outcomes, CURL_PARALLEL, 2.0)
