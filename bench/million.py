"""The row of the longest list: how fast files come and what memory it takes, from the first to the last, and what it
costs that some hosts are dead."""

from __future__ import annotations

import csv
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from typing import Final

from bench.batch_report import NOTHING, Report, read_report
from bench.dead_hosts import DeadHost, open_dead_hosts
from bench.goals import Goal, unmeasured, within
from bench.ground import LISTED, Ground, Place
from bench.origin import ANY_NAME, Origin
from bench.payload import LEDGER, PAGE
from bench.programs import RHEO, RHEO_BATCH, Recipe, aria2c_batch, present
from bench.section import Section, left_out
from bench.watching import Watched, watch

SIZE: Final = 100
"""Bytes of each file."""
DEAD_EVERY: Final = 100
"""Of so many lines one is of a dead host."""
SOME_FAILED: Final = 3
"""The exit code where some lines failed."""

OURS: Final = replace(RHEO_BATCH, name="rheo", words=RHEO_BATCH.words.replace("{folder}", "{folder}/{{hash:2}}"))
"""Into 256 folders."""
PEERS: Final = (aria2c_batch(), aria2c_batch("--deferred-input=true"))

MEGABYTES: Final = 200.0
FLAT: Final = 1.1
EVEN: Final = 0.1
AT_ONCE: Final = 1.0
PATIENT: Final = 240.0
"""Seconds beside the others that it may take until the last file of a dead host is given up."""
EARLY, LATE = 0.05, 0.99
"""The shares of all files at which memory is compared."""

INODE: Final = 2048
"""Bytes of memory that a file has beside its page, amply."""
POINTS: Final = 600
"""Samples of a run that are kept for the plot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A list that was fetched, and what was found afterwards."""

    name: str
    lines: int
    watched: Watched
    files: int
    """That are there, whole."""
    report: Report
    """Of a peer there is none."""


def measure(ground: Ground, name: str) -> Section:
    """Fetch the list; the same with dead hosts in it; and a part of it by peers."""
    lines = ground.scale.million
    title = f"A list of {lines:,} lines, {SIZE} bytes each"
    if not present([RHEO]):
        return left_out(title, "no rheo", [(name, "a million lines")])
    if obstacle := _obstacle(ground.memory, lines):
        return left_out(title, obstacle, [(name, "a million lines")])
    ground.shelf.any_name(SIZE)
    with open_dead_hosts() as dead:
        clean = _try(ground, OURS, OURS.name, list(_urls(ground.origin, lines)))
        mixed = list(_with_dead(_urls(ground.origin, lines), dead))
        troubled = _try(ground, OURS, f"rheo, {1 / DEAD_EVERY:.0%} on dead hosts", mixed)
    some = list(_urls(ground.origin, ground.scale.million_beside))
    trials = [clean, troubled, *(_try(ground, peer, peer.name, some) for peer in present(PEERS))]
    _keep(trials, ground.results.with_suffix(".million.csv"))
    return Section(
        title=title,
        method=(
            "nginx serves one file under any name, over HTTP; the files go onto the memory file system, rheo's into "
            "256 folders (`-d '{hash:2}'`), with the ledger beside them. Each once. Files are counted by the server, "
            "four times a second; rates are those of the first and the last tenth of the files; memory is that when "
            f"{EARLY:.0%} and {LATE:.0%} of the files have come. The dead hosts are forty: a quarter each refuses "
            "connections, lets nobody in (its queue is full), accepts and stays silent, and does not resolve. Reports "
            "are `rheo batch report`, compared line by line with the list, and the files are counted."
        ),
        table=[
            [
                "Run",
                "lines",
                "first file s",
                "wall s",
                "files/s, first tenth",
                "last tenth",
                f"MB at {EARLY:.0%}",
                f"at {LATE:.0%}",
                "at most",
                "CPU µs a line",
                "exit code",
            ],
            *map(_line, trials),
        ],
        goals=[*_clean_goals(name, clean), *_troubled_goals(name, clean, troubled, _hosts_of(mixed), dead)],
    )


def _obstacle(folder: Path, lines: int) -> str | None:
    """Return why so many files have no room there; None where they have."""
    there = os.statvfs(folder)
    if there.f_favail and there.f_favail < lines * 1.02:
        return f"the memory file system has room for {there.f_favail:,} files"
    if there.f_bavail * there.f_frsize < lines * (PAGE + INODE):
        return "the memory file system is too small"
    return None


def _urls(origin: Origin, count: int) -> Iterator[str]:
    return (f"{origin.http}{ANY_NAME}/{number:07}" for number in range(count))


def _with_dead(urls: Iterable[str], dead: Sequence[DeadHost]) -> Iterator[str]:
    """Yield the URLs, but every so many lines that of a dead host."""
    hosts = cycle(dead)
    for number, url in enumerate(urls, start=1):
        yield url if number % DEAD_EVERY else f"{next(hosts).origin}/{number:07}"


def _try(ground: Ground, recipe: Recipe, name: str, urls: Sequence[str]) -> Trial:
    listed = ground.home / LISTED
    listed.write_text(recipe.list_of(urls), encoding="utf-8")
    ground.settle(len(urls) * PAGE, Place.MEMORY)
    with ground.fresh_folder() as folder:
        watched = watch(
            recipe.command(urls, folder=folder, ca=ground.origin.ca, listed=listed),
            environment=ground.environment,
            count=_counting(ground.origin),
            first=_place(recipe, folder, urls[0]),
            patience=ground.scale.million_ends,
        )
        ledger = folder / f"{LISTED}{LEDGER}"
        report = read_report(ledger, environment=ground.environment) if recipe is OURS else NOTHING
        return Trial(name=name, lines=len(urls), watched=watched, files=_whole(folder), report=report)


def _counting(origin: Origin) -> Callable[[], int]:
    """Return what counts the requests for files that were answered from now on."""
    before = origin.answered()

    def count() -> int:
        nonlocal before
        before += 1  # this question itself
        return origin.answered() - before

    return count


def _place(recipe: Recipe, folder: Path, url: str) -> Path:
    """Return where the file of a URL comes to be."""
    digest = hashlib.sha256(url.encode()).hexdigest()
    return Path(folder, digest[:2] if recipe is OURS else "", url.rpartition("/")[2])


def _whole(folder: Path) -> int:
    """Return how many files there are, below it as well, that have their name and all their bytes."""
    count = 0
    for entry in os.scandir(folder):
        if entry.is_dir():
            count += _whole(Path(entry.path))
        else:
            count += entry.name.isdigit() and entry.stat().st_size == SIZE
    return count


def _keep(trials: Iterable[Trial], path: Path) -> None:
    """Write down what a plot needs."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["run", "seconds", "files", "resident", "cpu"])
        for trial in trials:
            samples = trial.watched.samples
            for seconds, files, resident, cpu in samples[:: len(samples) // POINTS + 1]:
                writer.writerow([trial.name, f"{seconds:.2f}", files, resident, f"{cpu:.2f}"])


def _line(trial: Trial) -> list[str]:
    watched = trial.watched
    return [
        trial.name,
        f"{trial.lines:,}",
        "never" if watched.first is None else f"{watched.first:.2f}",
        f"{watched.wall:.1f}",
        f"{watched.rate(0.0, 0.1):,.0f}",
        f"{watched.rate(0.9, 1.0):,.0f}",
        f"{watched.resident(EARLY) / 1e6:.1f}",
        f"{watched.resident(LATE) / 1e6:.1f}",
        f"{watched.peak / 1e6:.1f}",
        f"{watched.cpu / trial.lines * 1e6:.0f}",
        f"given up: {trial.files:,} files" if watched.code is None else str(watched.code),
    ]


def _clean_goals(name: str, clean: Trial) -> Iterator[Goal]:
    watched = clean.watched
    first, last = watched.rate(0.0, 0.1), watched.rate(0.9, 1.0)
    early, late = watched.resident(EARLY), watched.resident(LATE)
    at_once = f"the first file ≤ {AT_ONCE:g} s after the start"
    if watched.first is None:
        yield unmeasured(f"{name}-first", at_once, "it never came")
    else:
        yield within(f"{name}-first", at_once, measured=watched.first, limit=AT_ONCE, unit="s")
    yield Goal(
        key=f"{name}-even",
        text=f"files a second at the end within {EVEN:.0%} of those at the start",
        measured=f"{last / first - 1:+.0%} ({first:,.0f} and {last:,.0f})",
        met=abs(last / first - 1) <= EVEN,
    )
    yield _memory_goal(f"{name}-memory", clean)
    yield Goal(
        key=f"{name}-flat",
        text=f"memory at the end ≤ {FLAT:g} x that at {EARLY:.0%}",
        measured=f"{late / early:.2f} x" if early else "nothing",
        met=bool(early) and late <= FLAT * early,
    )
    yield Goal(
        key=f"{name}-report",
        text="all files are there, the report is exact, the exit code is 0",
        measured=_states_text(clean),
        met=watched.code == 0 and clean.report.states == {"done": clean.lines} and clean.files == clean.lines,
    )


def _troubled_goals(
    name: str, clean: Trial, troubled: Trial, failing: Mapping[str, int], dead: Sequence[DeadHost]
) -> Iterator[Goal]:
    """Yield what is promised where hosts are dead; `failing` are the lines of each."""
    kinds = {host.origin: host.kind for host in dead}
    failing = {host: count for host, count in failing.items() if host in kinds}
    failed: Counter[str] = Counter()
    told: Counter[tuple[str, str]] = Counter()
    for (host, code), count in troubled.report.errors.items():
        failed[host] += count
        told[kinds.get(host, host), code] += count
    bad = sum(failing.values())
    good = troubled.lines - bad
    what = ", ".join(f"{count} of a host that {kind}: {code}" for (kind, code), count in sorted(told.items()))
    limit = 1.1 * clean.watched.wall + PATIENT
    yield within(
        f"{name}-dead-wall",
        f"1 % on dead hosts: wall ≤ 1.1 x the time without them + {PATIENT:g} s (here {limit:.0f} s)",
        measured=troubled.watched.wall,
        limit=limit,
        unit="s",
    )
    yield _memory_goal(f"{name}-dead-memory", troubled, "1 % on dead hosts: ")
    yield Goal(
        key=f"{name}-dead-report",
        text=f"1 % on dead hosts: all other files are there, the report is exact, the exit code is {SOME_FAILED}",
        measured=f"{_states_text(troubled)}: {what}",
        met=troubled.watched.code == SOME_FAILED
        and troubled.report.states == {"done": good, "failed": bad}
        and troubled.files == good
        and failed == failing,
    )


def _memory_goal(key: str, trial: Trial, which: str = "") -> Goal:
    text = f"{which}memory ≤ {MEGABYTES:g} MB"
    return within(key, text, measured=trial.watched.peak / 1e6, limit=MEGABYTES, unit="MB")


def _states_text(trial: Trial) -> str:
    states = ", ".join(f"{count:,} {state}" for state, count in trial.report.states.items())
    return f"{trial.files:,} files, {states or 'no report'}"


def _hosts_of(urls: Iterable[str]) -> Counter[str]:
    return Counter("/".join(url.split("/", 3)[:3]) for url in urls)
