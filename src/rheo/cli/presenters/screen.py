"""The moving part of a terminal, drawn with Rich: a total, and below it a line for each file that runs or waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rheo.cli import wording
from rheo.cli.tally import FRESH, Tally
from rheo.domain.progress import Phase, Progress
from rheo.domain.text import printable
from rheo.domain.units import format_duration, format_size, format_speed

_WIDTHS: Final = (4, 10, 12, 10)
"""Of percent, size, speed, and what is left."""
_NARROWER: Final = ((0, 1, 2, 3), (0, 2, 3), (0, 2), (0,))
"""Those of them that are shown, the fewer the narrower the terminal is: a figure that is cut off tells a wrong one."""
_GAP: Final = 2
"""Cells between two columns."""
_BAR: Final = 32
"""The widest bar."""
_LEAST_BAR: Final = 8
"""One that is narrower tells nothing, and leaves its room to the name."""

_DOING: Final = {
    Phase.CONNECTING: "asking",
    Phase.JOINING: "joining",
    Phase.VERIFYING: "verifying",
    Phase.PUBLISHING: "saving",
}


class Screen:
    """Draws at the bottom of a terminal, and lets lines pass above."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, markup=False, highlight=False, emoji=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True, redirect_stdout=False)
        self._name = 0
        """Cells for names: as many as the longest so far needs, so that nothing jumps back and forth."""

    def draw(self, tally: Tally) -> None:
        """Draw how things stand."""
        self._live.start()
        self._live.update(self._picture(tally), refresh=True)

    def say(self, lines: Iterable[str]) -> None:
        """Let lines pass above; none is broken, so that a path in it can be copied."""
        self._console.print(Text("\n".join(map(printable, lines))), soft_wrap=True)

    def close(self) -> None:
        """Take it all away, and give the cursor back."""
        self._live.stop()

    def _picture(self, tally: Tally) -> RenderableType:
        room = max(1, self._console.height - 3)  # for the total, what is not shown, and the shell's prompt
        lines: list[RenderableType] = []
        if tally.total > 1:
            lines.append(Text(wording.standing(tally), style="bold", no_wrap=True, overflow="ellipsis"))
        lines.append(self._running(tally, room=room))
        waiting = list(islice(_waiting(tally), max(0, room - len(tally.running))))
        lines += [Text(line, style="yellow", no_wrap=True, overflow="ellipsis") for line in waiting]
        hidden = len(tally.running) + len(tally.waiting) - min(room, len(tally.running)) - len(waiting)
        if hidden:
            lines.append(Text(f"… and {hidden} more", style="dim"))
        return Group(*lines)

    def _running(self, tally: Tally, *, room: int) -> Table:
        shown = [(printable(tally.name(download)), tally.running[download]) for download in islice(tally.running, room)]
        columns = _columns(self._console.width)
        name, bar = self._widths((name for name, _ in shown), _rest(self._console.width, columns))
        table = Table.grid(padding=(0, _GAP, 0, 0))
        table.add_column(no_wrap=True, overflow="ellipsis", width=name)
        if bar:
            table.add_column(width=bar)
        for column in columns:
            table.add_column(justify="right", no_wrap=True, width=_WIDTHS[column])
        for label, progress in shown:
            cells = _cells(progress)
            table.add_row(Text(label), *([_bar(progress, bar)] if bar else []), *(cells[column] for column in columns))
        return table

    def _widths(self, names: Iterator[str], rest: int) -> tuple[int, int]:
        """Return the cells of the rest that names and bars have; a bar has none where the terminal is narrow."""
        bar = min(_BAR, (rest - _GAP) // 2)
        if bar < _LEAST_BAR:
            return max(1, rest), 0
        rest -= _GAP
        self._name = min(max(self._name, *map(cell_len, names), 1), rest - bar)
        return self._name, bar


def _columns(width: int) -> Sequence[int]:
    """Return the columns that leave a name as many cells as the least bar has, or else the fewest."""
    fitting = (columns for columns in _NARROWER if _rest(width, columns) >= _LEAST_BAR)
    return next(fitting, _NARROWER[-1])


def _rest(width: int, columns: Sequence[int]) -> int:
    """Return the cells that are left for name and bar."""
    return width - sum(_WIDTHS[column] + _GAP for column in columns)


def _bar(progress: Progress, width: int) -> ProgressBar:
    fraction = progress.fraction
    total = None if fraction is None else 1.0  # None moves to and fro
    return ProgressBar(total, fraction or 0.0, width=width, complete_style="cyan", finished_style="green")


def _cells(progress: Progress) -> list[Text]:
    """Return percent, size, speed and what is left."""
    fraction, eta = progress.fraction, progress.eta
    known = progress.received if progress.total is None else progress.total
    end = "" if eta is None else format_duration(eta)
    doing = "" if progress is FRESH else _DOING.get(progress.phase, end)  # small files end between two samples
    return [
        Text("" if fraction is None else f"{int(fraction * 100)}%"),
        Text(format_size(known)),
        Text(
            format_speed(progress.speed) if progress.phase is Phase.FETCHING else "",
            style="yellow" if progress.limited else "",
        ),
        Text(doing, style="dim"),
    ]


def _waiting(tally: Tally) -> Iterator[str]:
    now = datetime.now(UTC)
    for download, wait in tally.waiting.items():
        yield printable(wording.waiting(tally.name(download), wait, url=tally.url(download), now=now))
