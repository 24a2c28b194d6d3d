"""The rows of the comparison, by name."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from bench import (
    batch_killed,
    batches,
    busy_thread,
    hanging,
    hashed,
    huge,
    killed,
    limit_cost,
    limits,
    link_itself,
    linked,
    memory,
    million,
    mirrored,
    refusing,
    sharing,
    startup,
    trouble,
)
from bench.ground import Ground, Place
from bench.section import Section
from bench.transfers import big, crowd, many

Measure = Callable[[Ground, str], Section]


@dataclass(frozen=True, slots=True)
class Row:
    """A name, and how to measure what it stands for."""

    name: str
    take: Measure

    def measure(self, ground: Ground) -> Section:
        """Measure it, telling on standard error how far it is."""
        print(f"{self.name}:", end="", file=sys.stderr, flush=True)
        started = time.monotonic()
        section = self.take(ground, self.name)
        print(f"  {time.monotonic() - started:.0f} s", file=sys.stderr)
        return section


def choose(beginnings: Iterable[str]) -> list[Row]:
    """Return the rows whose names begin so; all of them where nothing is said."""
    wanted = tuple(beginnings)
    return [row for row in ROWS if not wanted or row.name.startswith(wanted)]


ROWS: Final = (
    *(
        Row(f"{kind}-{scheme}-{place.value}", partial(measure, scheme=scheme, place=place))
        for kind, measure in (("big", big), ("many", many))
        for place in Place
        for scheme in ("http", "https")
    ),
    Row("crowd", crowd),
    *(
        Row(f"batches-{kind}{scheme}-{place.value}", partial(measure, scheme=scheme, place=place))
        for kind, measure in (("", batches.many), ("crowd-", batches.crowd))
        for place in Place
        for scheme in ("http", "https")
    ),
    Row("batches-link", batches.cable),
    Row("batches-killed", batch_killed.measure),
    Row("million", million.measure),
    Row("busy", busy_thread.measure),
    Row("hanging", hanging.measure),
    Row("startup", startup.measure),
    Row("link-itself", link_itself.measure),
    Row("link-capped", linked.capped),
    Row("link-lossy", linked.lossy),
    Row("link-stall", trouble.stall),
    Row("link-crawl", trouble.crawl),
    Row("mirrors", mirrored.dying),
    Row("mirrors-first", mirrored.useless_first),
    Row("refusing", refusing.measure),
    Row("huge", huge.measure),
    Row("memory", memory.measure),
    Row("hashed", hashed.measure),
    Row("killed", killed.measure),
    Row("limit-accuracy", limits.measure),
    Row("limit-cost", limit_cost.measure),
    Row("limit-shared", sharing.weights),
    Row("limit-deadline", sharing.deadline),
)
