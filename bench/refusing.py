"""The row of a host that refuses whoever asks faster than it likes."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final
from urllib.request import urlopen

from bench.attendant import attended
from bench.goals import Goal, beside, unmeasured, within
from bench.ground import Ground
from bench.origin import HOST
from bench.payload import Payload
from bench.programs import RHEO, Recipe, aria2c, present
from bench.section import Section

CURL: Final = Recipe(
    "curl -Z --retry 5", "curl -sS --fail --retry 5 --cacert {ca} -Z --remote-name-all --output-dir {folder}"
)
ARIA2C: Final = aria2c("-Z", "-j8", "--max-tries=6", "--retry-wait=1")

PATIENCE: Final = 600.0
FACTOR: Final = 1.3
MOST: Final = 2
"""How often one file may be refused."""
LIMIT: Final = 5.0
"""Requests a second of the host that the goals are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a host takes, and what it says to whoever asks for more."""

    kind: str
    limit: float
    """Requests a second, or at once."""
    more: float = 1.0
    """Seconds of its window, or the tokens that its bucket holds."""
    status: int = 429
    retry_after: int | None = None
    lasts: float = 0.0
    """Seconds that an answer takes."""

    def ideal(self, files: int) -> float:
        """Return the seconds that so many files take who never asks too early."""
        if self.kind == "at once":
            return files * self.lasts / self.limit
        held = self.more if self.kind == "bucket" else 0.0
        return (files - held) / self.limit

    def __str__(self) -> str:
        unit = {"at once": "at once", "bucket": f"/s, {self.more:g} held"}.get(self.kind, f"/s, {self.kind}")
        asks = "" if self.retry_after is None else f", Retry-After: {self.retry_after}"
        return f"{self.limit:g} {unit}, {self.status}{asks}"


NAMED: Final = {
    f"{kind}{'-told' if told else ''}": Terms(kind=kind, limit=LIMIT, retry_after=1 if told else None)
    for kind in ("sliding", "fixed")
    for told in (True, False)
}
"""Those that the goals are about, by the end of the goal's key."""

OTHERS: Final = (
    Terms(kind="sliding", limit=1),
    Terms(kind="sliding", limit=20),
    Terms(kind="sliding", limit=100),
    Terms(kind="bucket", limit=5, more=10),
    Terms(kind="at once", limit=2, status=503, lasts=0.1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """How a program fared: seconds, files that did not come, refusals in all, and of the file with the most."""

    wall: float
    lost: int
    refused: int
    worst: int


def measure(ground: Ground, name: str) -> Section:
    """Fetch many files from hosts with hidden limits."""
    several = ground.shelf.many(ground.scale.refused)
    ours = present((RHEO,))
    lines: list[list[str]] = []
    goals: list[Goal] = []
    for key, terms in NAMED.items():
        told = {recipe: _try(ground, recipe, several, terms) for recipe in (*ours, *present((CURL, ARIA2C)))}
        lines += [_line(recipe, terms, several, fetched) for recipe, fetched in told.items()]
        goals += _goals(f"{name}-{key}", terms, several, told.get(RHEO))
    for terms in OTHERS:
        few = ground.shelf.many(min(len(several.names), int(40 * terms.limit)))
        lines += [_line(recipe, terms, few, _try(ground, recipe, few, terms)) for recipe in ours]
    return Section(
        title=f"{len(several.names)} files of 10 KiB from a host with a hidden limit",
        method=(
            "A host on loopback takes so many requests a second, in any second (sliding) or each second of the clock "
            "(fixed), or so many at once, and refuses all others at once. Ideal is the limit itself. Once each. Who "
            "retries is told to: curl five times, aria2c five times after a second each."
        ),
        table=[["Host", "Program", "files", "wall s", "÷ ideal", "lost", "refusals", "of one file"], *lines],
        goals=goals,
    )


def _try(ground: Ground, recipe: Recipe, payload: Payload, terms: Terms) -> Fetched:
    words = (str(payload.folder), json.dumps(asdict(terms)))
    with (
        attended("refusing_host", *words, environment=ground.environment) as (_, (port,)),
        ground.fresh_folder() as folder,
    ):
        host = f"http://{HOST}:{port}"
        command = recipe.command(payload.urls(host), folder=folder, ca=ground.origin.ca)
        began = time.monotonic()
        subprocess.run(
            command,
            env=dict(ground.environment),
            cwd=ground.environment["HOME"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,  # what is lost is counted
        )
        wall = time.monotonic() - began
        with urlopen(f"{host}/-") as answer:
            refused = json.load(answer)
        came = [name for name in payload.names if _came(payload, folder / name, name)]
    return Fetched(
        wall=wall,
        lost=len(payload.names) - len(came),
        refused=sum(refused.values()),
        worst=max(refused.values(), default=0),
    )


def _came(payload: Payload, path: Path, name: str) -> bool:
    return path.exists() and path.read_bytes() == (payload.folder / name).read_bytes()


def _line(recipe: Recipe, terms: Terms, payload: Payload, fetched: Fetched) -> list[str]:
    files = len(payload.names)
    ratio = f"{fetched.wall / terms.ideal(files):.2f}"
    numbers = (fetched.lost, fetched.refused, fetched.worst)
    return [str(terms), recipe.name, str(files), f"{fetched.wall:.1f}", ratio, *map(str, numbers)]


def _goals(key: str, terms: Terms, payload: Payload, fetched: Fetched | None) -> Iterator[Goal]:
    texts = (f"{terms}: all arrive", f"{terms}: no file refused more than twice", f"{terms}: wall ≤ 1.3 x the ideal")
    keys = [f"{key}-{end}" for end in ("lost", "worst", "wall")]
    if fetched is None:
        yield from (unmeasured(*one, "no rheo") for one in zip(keys, texts, strict=True))
        return
    yield within(keys[0], texts[0], measured=fetched.lost, limit=0, unit="lost")
    yield within(keys[1], texts[1], measured=fetched.worst, limit=MOST, unit="times")
    ideal = terms.ideal(len(payload.names))
    yield beside(keys[2], texts[2], measured=fetched.wall, other=ideal, factor=FACTOR)
