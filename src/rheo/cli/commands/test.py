"""`rheo test`: runs the self-test and shows each case as soon as it is finished."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from rich.console import Console
from rich.text import Text

from rheo.cli.exit_codes import ExitCode
from rheo.domain.text import printable
from rheo.domain.units import format_duration, format_size
from rheo.selftest.remote import parse_remote
from rheo.selftest.run import CaseReport, run_cases

_AT_ONCE: Final = partial(print, flush=True)
"""Writes a line that is seen before the next case runs, through a pipe, too."""


def run(*, remote: Sequence[str], plant_fault: str | None, write: Callable[[str], None] = _AT_ONCE) -> int:
    """Write the table line by line and return the exit code; raises UsageError before the first line.

    `remote` are `URL` or `URL=sha256:HEX`; `plant_fault` names a case that must fail.
    """
    console = Console()
    reports: list[CaseReport] = []
    for report in run_cases(remote=[parse_remote(text) for text in remote], plant_fault=plant_fault):
        if not reports:
            write(_painted(console, _columns("result", "case", "size", "time", "what it shows"), style="bold"))
        reports.append(report)
        write(_painted(console, _row(report), style="green" if report.passed else "red"))
    passed = sum(report.passed for report in reports)
    write(f"{passed} of {len(reports)} passed in {sum(report.seconds for report in reports):.1f} s")
    return ExitCode.DONE if passed == len(reports) else ExitCode.SOME_FAILED


def _row(report: CaseReport) -> str:
    result = "passed" if report.passed else "FAILED"
    size, duration = format_size(report.size), format_duration(report.seconds)
    return _columns(result, report.name, size, duration, printable(report.detail))


def _columns(result: str, name: str, size: str, duration: str, detail: str) -> str:
    return f"{result:<6}  {name:<11}  {size:>10}  {duration:>5}  {detail}"


def _painted(console: Console, line: str, *, style: str) -> str:
    """Return the line in the style, where the console shows any: not in a file, nor with NO_COLOR."""
    with console.capture() as painted:
        console.print(Text(line, style), soft_wrap=True, end="")
    return painted.get()
