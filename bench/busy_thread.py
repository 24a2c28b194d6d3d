"""The row of the library in a process that has a pure-Python thread that never rests."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from bench.goals import Goal, at_least, broken, unmeasured
from bench.ground import Ground, Place
from bench.measure import PATIENCE, RunError
from bench.payload import Payload
from bench.scale import size_text
from bench.section import Section, rounds_text, spread_text
from bench.turns import Spread, spread

CHILD: Final = Path(__file__).with_name("children") / "busy_thread.py"
SCHEMES: Final = ("http", "https")
THREADS: Final = ("busy", "idle")
TEXT: Final = "≥ 30 MB/s beside a thread that never rests"

Rates = dict[tuple[str, str], Spread | str]
"""MB/s by scheme and thread, or why there are none."""


def measure(ground: Ground, name: str) -> Section:
    """Fetch a file by `rheo.download`, with and without such a thread, in turns."""
    payload = ground.shelf.one(ground.scale.beside_thread)
    rates = _rates(ground, payload) if find_spec("rheo") else {}
    return Section(
        title=f"{size_text(payload.size)} by the library beside a Python thread that never rests",
        method=(
            "`rheo.download` on a memory file system, imported before the thread starts, its call alone timed. "
            f"{rounds_text(ground.scale.long_rounds)}"
        ),
        table=[
            ["Scheme", "MB/s beside it, median (min to max)", "MB/s without it"],
            *([scheme.upper(), *(_text(rates[scheme, thread]) for thread in THREADS)] for scheme in SCHEMES if rates),
        ],
        goals=[_goal(f"{name}-{scheme}", scheme, rates) for scheme in SCHEMES],
    )


def _rates(ground: Ground, payload: Payload) -> Rates:
    found: dict[tuple[str, str], list[float]] = {(scheme, thread): [] for scheme in SCHEMES for thread in THREADS}
    rates: Rates = {}
    for _ in range(ground.scale.long_rounds):
        for (scheme, thread), several in found.items():
            try:
                several.append(payload.total / 1e6 / _seconds(ground, payload, scheme, thread))
            except RunError as error:
                rates[scheme, thread] = str(error)
    return {key: rates.get(key) or spread(several) for key, several in found.items()}


def _seconds(ground: Ground, payload: Payload, scheme: str, thread: str) -> float:
    with ground.fresh_folder() as folder:
        ground.settle(payload.total, Place.MEMORY)
        url = payload.urls(ground.origin.at(scheme))[0]
        try:
            ended = subprocess.run(
                [sys.executable, str(CHILD), url, str(folder), str(ground.origin.ca), thread],
                env=dict(ground.environment),
                cwd=ground.environment["HOME"],
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise RunError(f"not finished after {PATIENCE:g} s") from None
        if ended.returncode:
            raise RunError(ended.stderr.strip().rpartition("\n")[2])
        payload.check(folder)
        return float(ended.stdout)


def _text(rate: Spread | str) -> str:
    return f"failed: {rate}" if isinstance(rate, str) else spread_text(rate, 0)


def _goal(key: str, scheme: str, rates: Rates) -> Goal:
    text = f"{scheme.upper()}: {TEXT}"
    rate = rates.get((scheme, "busy"))
    if rate is None:
        return unmeasured(key, text, "rheo cannot be imported")
    if isinstance(rate, str):
        return broken(key, text)
    return at_least(key, text, measured=rate.median, limit=30, unit="MB/s")
