"""Draw how two downloads share a limit while a third one comes and goes: `make plots` runs it, in about 15 seconds.

What is drawn has been measured: the library fetches from a server of this script's own, over loopback, and its events
tell how much of each download has come.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from itertools import repeat
from pathlib import Path
from typing import Final, NamedTuple

from matplotlib import pyplot as plt
from plot_style import GREY, begin, save

from rheo import DownloadId, ProgressSampled
from rheo.selftest.server import Answer, serving
from rheo.sync import DownloadManager

PICTURE: Final = Path(__file__).with_name("images") / "shared-line.svg"

LIMIT: Final = 10_000_000
COMES, GOES, ENDS = 4.0, 8.0, 12.0
"""Seconds from the beginning; of the third one, and of all."""
SPAN: Final = 4
"""Over so many samples a rate is taken, which is a second; of less one would see the 50 ms between two deals."""

PIECE: Final = bytes(1 << 16)
SIZE: Final = 4000 * len(PIECE)
"""Bytes of each file: more than can come."""


class Line(NamedTuple):
    """How one download is drawn: its priority, its colour, and where its label stands."""

    priority: int
    label: str
    colour: str
    label_at: tuple[float, float]


LINES: Final = (
    Line(0, "priority 0: weight 1", "#2f81f7", (0.5, 2.7)),
    Line(2, "priority 2: weight 3", "#d9730d", (0.5, 7.7)),
    Line(3, "priority 3: weight 4", "#2da44e", (4.6, 5.3)),
)

Samples = Sequence[tuple[float, int]]
"""Seconds, and the bytes that had come by then."""


def main() -> None:
    PICTURE.parent.mkdir(exist_ok=True)
    _draw(_measure())


def _measure() -> Mapping[Line, Samples]:
    """Run the three, and return what events told of each."""
    routes = {f"/{line.priority}": _endless for line in LINES}
    samples: dict[DownloadId, list[tuple[float, int]]] = {}

    def take(event: ProgressSampled) -> None:
        samples.setdefault(event.id, []).append((event.at.timestamp(), event.progress.received))

    with (
        tempfile.TemporaryDirectory() as folder,
        serving(routes) as server,
        DownloadManager(directory=folder, limit_rate=LIMIT, reserve=False, connections=1) as manager,
    ):
        manager.on(ProgressSampled, take)
        began = time.time()
        handles = [manager.add(f"{server}/{line.priority}", priority=line.priority) for line in LINES[:2]]
        time.sleep(COMES)
        handles.append(manager.add(f"{server}/{LINES[2].priority}", priority=LINES[2].priority))
        time.sleep(GOES - COMES)
        handles[2].cancel()
        time.sleep(ENDS - GOES)
        for handle in handles[:2]:
            handle.cancel()
    return {
        line: [(at - began, received) for at, received in samples[handle.id]]
        for line, handle in zip(LINES, handles, strict=True)
    }


def _endless(_visits: int) -> Answer:
    return Answer(status=HTTPStatus.OK, length=SIZE, body=repeat(PIECE, SIZE // len(PIECE)))


def _rates(samples: Samples) -> Iterator[tuple[float, float]]:
    """Yield the times and the rates, in MB/s, of spans that follow each other closely."""
    for (start, before), (stop, after) in zip(samples, samples[SPAN:], strict=False):
        yield (start + stop) / 2, (after - before) / (stop - start) / 1e6


def _draw(measured: Mapping[Line, Samples]) -> None:
    begin()
    figure, axes = plt.subplots(figsize=(8, 4))
    axes.axhline(LIMIT / 1e6, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    axes.text(ENDS, LIMIT / 1e6 + 0.2, "--limit-rate, for all of them together", ha="right", va="bottom")
    for line, samples in measured.items():
        times, rates = zip(*_rates(samples), strict=True)
        axes.plot(times, rates, color=line.colour, linewidth=2)
        axes.text(*line.label_at, line.label, color=line.colour, va="bottom")
    axes.set(xlim=(0, ENDS), ylim=(0, 11), xlabel="seconds", ylabel="MB/s", xticks=range(0, int(ENDS) + 1, 2))
    save(figure, PICTURE, axes)


if __name__ == "__main__":
    main()
