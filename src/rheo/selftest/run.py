"""Runs the cases one after the other, each with its own folder and server, and reports on each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rheo.domain.errors import RheoError, UsageError
from rheo.engine.clock import SystemClock
from rheo.selftest.behaviours import flawed
from rheo.selftest.cases import CASES, Case
from rheo.selftest.evidence import CaseFailedError, check_files, files_below
from rheo.selftest.fetches import Offer
from rheo.selftest.remote import RemoteFile, fetch_remote
from rheo.selftest.server import serving


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport:
    """How one case went."""

    name: str
    passed: bool
    detail: str
    """What it showed, or why it failed."""
    seconds: float
    """All of it: serving, fetching, reading again."""
    size: int
    """Bytes of the files that it left on the disk."""


def run_cases(*, remote: Iterable[RemoteFile] = (), plant_fault: str | None = None) -> Iterator[CaseReport]:
    """Run the built-in cases, then the remote ones; yields each one's report as soon as it is finished.

    `plant_fault` names a case whose last file gets a wrong bit on the wire, so that it must fail; raises UsageError
    where no case has this name.
    """
    if plant_fault is not None and plant_fault not in {case.name for case in CASES}:
        raise UsageError(f"no case is named {plant_fault!r}; there are {', '.join(case.name for case in CASES)}")
    for case in CASES:
        yield _report(case.name, case.shows, partial(_run, case, planted=case.name == plant_fault))
    for number, file in enumerate(remote, start=1):
        yield _report(f"remote-{number}", file.shown, partial(fetch_remote, file))


def _run(case: Case, place: Path, *, planted: bool) -> None:
    """Raise unless the case holds; nothing outside the place is touched."""
    folder = place / "two" / "below"  # room for what climbs out of it to be found
    routes = [case.behaviour(content) for content in case.contents]
    if planted:
        routes[-1] = flawed(routes[-1])
    with serving({target: route for some in routes for target, route in some.items()}) as address:
        starts = [address + next(iter(some)) for some in routes]
        case.fetch([Offer(url, content) for url, content in zip(starts, case.contents, strict=True)], folder)
    check_files(place, {folder / content.name: content.checksum() for content in case.contents if case.arrives})


def _report(name: str, shows: str, run: Callable[[Path], None]) -> CaseReport:
    clock = SystemClock()
    started = clock.monotonic()
    with TemporaryDirectory(prefix="rheo-test-") as folder:
        place = Path(folder).resolve()
        failure = _failure(run, place)
        size = sum(file.stat().st_size for file in files_below(place))
    return CaseReport(
        name=name, passed=failure is None, detail=failure or shows, seconds=clock.monotonic() - started, size=size
    )


def _failure(run: Callable[[Path], None], place: Path) -> str | None:
    """Return why the case failed; None where it passed."""
    try:
        run(place)
    except RheoError as error:
        return f"{error.message} ({error.code})"
    except CaseFailedError as error:
        return str(error)
    return None
