"""Draw the memory that a list of a million lines takes, and how fast its files come: `make plots` runs it.

What is drawn has been measured by `python bench/run.py --rows million`, which keeps its samples beside its results; an
argument names others than those in the repository.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from matplotlib import pyplot as plt
from plot_style import GREY, begin, save

SAMPLES: Final = Path(__file__).parent.parent / "bench" / "results.million.csv"
PICTURE: Final = Path(__file__).with_name("images") / "million-lines.svg"

SPAN: Final = 15
"""Over so many samples a rate is taken."""
MOST_MEMORY: Final = 200
"""MB that the design allows."""
MINUTE: Final = 60.0
LONG: Final = 10 * MINUTE
"""Seconds from which on the axis has minutes."""

COLOURS: Final = ("#2f81f7", "#d9730d")


class Sample(NamedTuple):
    """How a run stood: what had come, and the bytes of memory that it had."""

    seconds: float
    files: int
    resident: int


def main() -> None:
    path = Path(sys.argv[1]) if sys.argv[1:] else SAMPLES
    runs = {name: samples for name, samples in _read(path).items() if name.startswith("rheo")}
    PICTURE.parent.mkdir(exist_ok=True)
    _draw(runs)


def _read(path: Path) -> Mapping[str, Sequence[Sample]]:
    runs: dict[str, list[Sample]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            sample = Sample(float(row["seconds"]), int(row["files"]), int(row["resident"]))
            runs.setdefault(row["run"], []).append(sample)
    return runs


def _rates(samples: Sequence[Sample]) -> Iterator[tuple[float, float]]:
    """Yield times and files a second, of spans that follow each other closely."""
    for start, stop in zip(samples, samples[SPAN:], strict=False):
        yield (start.seconds + stop.seconds) / 2, (stop.files - start.files) / (stop.seconds - start.seconds)


def _draw(runs: Mapping[str, Sequence[Sample]]) -> None:
    begin()
    longest = max(samples[-1].seconds for samples in runs.values())
    unit, word = (MINUTE, "minutes") if longest >= LONG else (1.0, "seconds")
    figure, (above, below) = plt.subplots(2, 1, figsize=(8, 5.5), sharex=True)
    above.axhline(MOST_MEMORY, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    above.text(longest / unit, MOST_MEMORY - 4, "what the design allows", ha="right", va="top")
    for (name, samples), colour in zip(runs.items(), COLOURS, strict=True):
        times = [sample.seconds / unit for sample in samples]
        above.plot(times, [sample.resident / 1e6 for sample in samples], color=colour, linewidth=2, label=name)
        moments, rates = zip(*_rates(samples), strict=True)
        below.plot([moment / unit for moment in moments], rates, color=colour, linewidth=2)
    above.set(ylim=(0, MOST_MEMORY * 1.1), ylabel="memory, MB")
    above.legend(loc="lower right", frameon=False, labelcolor="linecolor")
    below.set(xlim=(0, longest / unit), xlabel=word, ylabel="files a second")
    below.set_ylim(bottom=0)
    save(figure, PICTURE, above, below)


if __name__ == "__main__":
    main()
