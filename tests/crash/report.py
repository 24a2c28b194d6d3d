"""What `make torture` leaves for people: what was done to the program, how often, and how it came out."""

import os
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime

_HEAD = """# What rheo was put through

`make torture` wrote this on {day}, on {cores} cores, Linux {kernel}, Python {python}. Each time a real run was
ended or hindered, and then run again. A line stands here only if, all along, the final name had nothing, what was
there before, or one whole version of the file; `tests/crash` says what else is looked at.

| What | How often | Outcome |
| --- | ---: | --- |
"""


@dataclass
class Report:
    """Lines about tests that held."""

    rows: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, what: str, count: int, outcome: str) -> None:
        """Note what was done, how often, and how that came out."""
        self.rows.append((what, count, outcome))

    def text(self, *, seed: int, failed: int, seconds: float) -> str:
        """Return the whole as Markdown."""
        head = _HEAD.format(
            day=datetime.now(UTC).date(),
            cores=os.cpu_count(),
            kernel=platform.release(),
            python=platform.python_version(),
        )
        lines = "".join(f"| {what} | {count} | {outcome} |\n" for what, count, outcome in self.rows)
        failures = f"{failed} tests failed." if failed else "No test failed."
        return f"{head}{lines}\n{failures} It took {seconds:.0f} s; chance followed from `--seed {seed}`.\n"
