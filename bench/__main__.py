"""Choose rows, measure them one after the other, and write what came out."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from bench.ground import open_ground
from bench.machine import describe_machine
from bench.programs import describe_programs, missing_programs
from bench.report import Account, write
from bench.rows import ROWS, choose
from bench.scale import FULL, QUICK, with_lines, with_rounds

HERE = Path(__file__).resolve().parent


def main() -> None:
    arguments = _arguments()
    rows = choose(arguments.rows)
    if not rows:
        sys.exit(f"no row begins with {' or '.join(arguments.rows)}; there are {', '.join(row.name for row in ROWS)}")
    if absent := missing_programs("nginx", "openssl"):
        sys.exit(f"cannot serve the files: {' and '.join(absent)} missing; Debian's packages bear the same names")
    _end_by_exceptions()
    notice = _notice(quick=arguments.quick, rows=[row.name for row in rows])
    output = arguments.output or HERE / ("partial.md" if notice else "results.md")
    scale = with_lines(with_rounds(QUICK if arguments.quick else FULL, arguments.rounds), arguments.lines)
    started = time.monotonic()
    machine = describe_machine(memory_folder=arguments.memory_folder, disk_folder=arguments.disk_folder)
    with open_ground(
        scale, memory_folder=arguments.memory_folder, disk_folder=arguments.disk_folder, results=output
    ) as ground:
        account = Account(
            notice=notice,
            machine=machine,
            programs=describe_programs(),
            sections=[row.measure(ground) for row in rows],
            minutes=(time.monotonic() - started) / 60,
        )
    print(write(account, output))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/run.py", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes and one round: does it run at all?")
    parser.add_argument("--rows", nargs="+", default=[], metavar="NAME", help="only rows whose names begin so")
    parser.add_argument("--lines", type=_positive, metavar="N", help="lines of the longest list, instead of a million")
    parser.add_argument("--rounds", type=_positive, metavar="N", help="rounds of every row, instead of its own")
    parser.add_argument("--disk-folder", type=Path, default=HERE, metavar="DIR", help="a folder on the real disk")
    parser.add_argument("--memory-folder", type=Path, default=Path("/dev/shm"), metavar="DIR", help="one on a tmpfs")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="else results.md beside this; partial.md where not all is measured"
    )
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least one")
    return number


def _notice(*, quick: bool, rows: Sequence[str]) -> str:
    """Return what keeps these results from being the whole comparison; empty when nothing does."""
    partial = "" if len(rows) == len(ROWS) else f"Only the rows {', '.join(rows)}. "
    return partial + ("A quick run of small sizes, to see that it works: not for comparison." if quick else "")


def _end_by_exceptions() -> None:
    """Let SIGTERM and Ctrl-C unwind, so that nginx and the folders go; and let every child begin with the default."""

    def end(number: int, _: object) -> NoReturn:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


if __name__ == "__main__":
    main()
