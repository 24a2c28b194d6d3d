"""The row of host names that hang in DNS beside one healthy host."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from signal import SIGINT
from typing import Final

from bench.goals import Goal, broken, unmeasured, within
from bench.ground import Ground
from bench.measure import RunError
from bench.origin import HEALTHY
from bench.payload import Payload
from bench.programs import RHEO, version_of
from bench.section import Section, rounds_text, spread_text
from bench.silence import open_silence
from bench.turns import spread

CHILD: Final = Path(__file__).with_name("children") / "hanging_names.py"
PATIENCE: Final = 30.0
LOOK_EVERY: Final = 0.002
LOSES: Final = 0.5
RETURNS: Final = 1.0

Build = Callable[[Path, Sequence[str]], list[str]]
"""Makes the command that fetches URLs into a folder."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Seconds from the start until the healthy file was there, and from Ctrl-C until the process was gone."""

    arrived: float
    left: float


@dataclass(frozen=True, slots=True)
class Pair:
    """The healthy host alone, and right after it beside the hanging names."""

    alone: Attempt
    beside: Attempt

    @property
    def lost(self) -> float:
        """Seconds that the healthy one lost."""
        return self.beside.arrived - self.alone.arrived


def measure(ground: Ground, name: str) -> Section:
    """Fetch a file of a healthy host, the last of the list, with and without the hanging names before it."""
    with open_silence(Path(ground.environment["HOME"])) as silence:
        ways: dict[str, list[Pair] | str] = {
            "library": _try(ground, _library) if find_spec("rheo") else "rheo cannot be imported"
        }
        if isinstance(silence, str):
            ways["command"] = silence
        elif version_of("rheo") is None:
            ways["command"] = "no rheo"
        else:

            def command(folder: Path, urls: Sequence[str]) -> list[str]:
                return silence.around(RHEO.command(urls, folder=folder, ca=ground.origin.ca))

            ways["command"] = _try(ground, command)
            if not silence.asked():
                ways["command"] = "the private name server was not asked"
    return _section(ground, name, ways)


def _section(ground: Ground, name: str, ways: dict[str, list[Pair] | str]) -> Section:
    header = ["Way", "healthy alone, s", "beside them, s", "loses, s", "Ctrl-C to exit, s"]
    return Section(
        title=f"{ground.scale.hanging} host names that hang in DNS beside one healthy host",
        method=(
            "The healthy URL is the last one; its file is 10 KiB. Library: a lookup of our own blocks for 8 s. "
            "Command: `rheo download` in a mount namespace whose name server never answers. "
            f"{rounds_text(ground.scale.short_rounds)}"
        ),
        table=[header, *(_line(way, pairs) for way, pairs in ways.items())],
        goals=[goal for way, pairs in ways.items() for goal in _goals(f"{name}-{way}", way, pairs)],
    )


def _try(ground: Ground, build: Build) -> list[Pair] | str:
    payload = ground.shelf.many(1)
    try:
        return [_pair(ground, payload, build) for _ in range(ground.scale.short_rounds)]
    except RunError as error:
        return f"failed: {error}"


def _pair(ground: Ground, payload: Payload, build: Build) -> Pair:
    healthy = payload.urls(f"http://{HEALTHY}:{ground.origin.port}")
    hanging = [f"http://hangs-{index}.test/file" for index in range(ground.scale.hanging)]
    return Pair(
        alone=_attempt(ground, payload, build, healthy), beside=_attempt(ground, payload, build, [*hanging, *healthy])
    )


def _library(folder: Path, urls: Sequence[str]) -> list[str]:
    return [sys.executable, str(CHILD), str(folder), *urls]


def _attempt(ground: Ground, payload: Payload, build: Build, urls: Sequence[str]) -> Attempt:
    with ground.fresh_folder() as folder:
        started = time.monotonic()
        process = subprocess.Popen(
            build(folder, urls),
            env=dict(ground.environment),
            cwd=ground.environment["HOME"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            arrived = _wait_for(folder / payload.names[0], process) - started
            interrupted = time.monotonic()
            process.send_signal(SIGINT)
            process.wait(PATIENCE)
            left = time.monotonic() - interrupted
        except subprocess.TimeoutExpired:
            raise RunError(f"still there {PATIENCE:g} s after Ctrl-C") from None
        finally:
            process.kill()
            process.wait()
        return Attempt(arrived, left)


def _wait_for(file: Path, process: subprocess.Popen[bytes]) -> float:
    """Return when the file appeared, by the monotonic clock."""
    deadline = time.monotonic() + PATIENCE
    while not file.exists():
        if process.poll() is not None and not file.exists():
            raise RunError(f"the healthy file never came: exit code {process.returncode}")
        if time.monotonic() > deadline:
            raise RunError(f"the healthy file did not come within {PATIENCE:g} s")
        time.sleep(LOOK_EVERY)
    return time.monotonic()


def _line(way: str, pairs: list[Pair] | str) -> list[str]:
    if isinstance(pairs, str):
        return [way, pairs, "", "", ""]
    columns: Iterable[list[float]] = (
        [pair.alone.arrived for pair in pairs],
        [pair.beside.arrived for pair in pairs],
        [pair.lost for pair in pairs],
        [pair.beside.left for pair in pairs],
    )
    return [way, *(spread_text(spread(column)) for column in columns)]


def _goals(key: str, way: str, pairs: list[Pair] | str) -> list[Goal]:
    loses, returns = f"{way}: the healthy one loses < 0.5 s", f"{way}: Ctrl-C returns in < 1 s"
    if isinstance(pairs, str):
        named = ((f"{key}-loses", loses), (f"{key}-returns", returns))
        failed = pairs.startswith("failed")
        return [broken(*one) if failed else unmeasured(*one, pairs) for one in named]
    lost, left = spread(pair.lost for pair in pairs), spread(pair.beside.left for pair in pairs)
    return [
        within(f"{key}-loses", loses, measured=lost.median, limit=LOSES, unit="s"),
        within(f"{key}-returns", returns, measured=left.median, limit=RETURNS, unit="s"),
    ]
