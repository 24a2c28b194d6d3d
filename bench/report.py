"""The results as Markdown: what ran where, a table for each row, the goals, and what remains."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.goals import Goal
from bench.section import Section

REMARKS: Final = Path(__file__).with_name("remarks.toml")
"""Why a goal is missed, by its key; written by people."""

VERDICTS: Final = {True: "met", False: "**missed**", None: "not measured"}

METHOD: Final = (
    "Unless a row says otherwise, the programs run in turns, after one run each for warming up, against nginx on "
    "loopback in the same machine; its time and memory, and those of a relay or a link before it, are not counted, "
    "their work does share the cores. Each run has a fresh folder, and afterwards every file's name and size and part "
    "of the content are compared with what was served. Settings are the defaults, but for folder, CA and quiet, and "
    "for what a program's name says. Wall is by the monotonic clock, start-up included; CPU (user and system) and peak "
    "memory are what the kernel counted for the process. Figures are medians; a ratio over 1 is more than rheo's, in "
    "the table of start-up more than bare Python's."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Everything that is told of one run of the comparison."""

    notice: str
    """What keeps it from being the whole comparison; empty when nothing does."""
    machine: Sequence[str]
    programs: Sequence[str]
    sections: Sequence[Section]
    minutes: float


def write(account: Account, path: Path) -> str:
    """Write the results to a file, and return them."""
    text = "\n\n".join(_paragraphs(account)) + "\n"
    path.write_text(text, encoding="utf-8")
    return text


def _paragraphs(account: Account) -> Iterator[str]:
    yield "# rheo beside its peers"
    if account.notice:
        yield f"**{account.notice.strip()}**"
    yield f"Written by `python bench/run.py` in {account.minutes:.1f} minutes."
    yield _bullets(account.machine)
    yield _bullets(account.programs)
    yield METHOD
    yield "## Goals"
    yield from _goals(account.sections)
    for section in account.sections:
        yield f"## {section.title}"
        yield section.method
        yield _table(section.table)


def _goals(sections: Sequence[Section]) -> Iterator[str]:
    goals = [(section, goal) for section in sections for goal in section.goals]
    header = ("Work", "Goal", "Measured", "")
    yield _table([header, *((section.title, goal.text, goal.measured, VERDICTS[goal.met]) for section, goal in goals)])
    missed = [(section, goal) for section, goal in goals if goal.met is False]
    if missed:
        remarks = tomllib.loads(REMARKS.read_text(encoding="utf-8"))
        yield "### What remains"
        yield _bullets([_remaining(section, goal, remarks) for section, goal in missed])


def _remaining(section: Section, goal: Goal, remarks: dict[str, str]) -> str:
    why = remarks.get(goal.key, f"not explained yet (`{goal.key}` in `bench/remarks.toml`)")
    return f"{section.title}: {goal.text}; measured {goal.measured}. {why}"


def _table(lines: Sequence[Sequence[str]]) -> str:
    header, *rows = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    rule = ["---"] * len(header)
    return "\n".join(f"| {' | '.join(line)} |" for line in (header, rule, *rows))


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"* {line}" for line in lines)
