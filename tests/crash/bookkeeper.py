"""Keeps the ledger of a batch as the engine does, and says aloud what is safe: to be killed, and run again."""

import os
import sys
from pathlib import Path

from rheo.domain.batch.row import Ending, Entry, Publishing, RowState
from rheo.storage.ledger.batch_ledger import BatchLedger
from rheo.storage.ledger.look import is_there

GROUP = 7


def keep(folder: Path, *, durable: bool, lines: int) -> None:
    """Write a file for each line that is not done, each with a row that says so before it has its name."""
    ledger = BatchLedger.open(str(folder / "urls.ledger"), of="-", durable=durable)
    ledger.settle_publishing(is_there)
    say("open")
    entries = [Entry(n, f"https://a.example/{n}", "https://a.example", f"{n}.bin") for n in range(lines)]
    for start in range(0, lines, GROUP):
        some = entries[start : start + GROUP]
        told = ledger.admit(some)
        bring(ledger, folder, {one.row: entry for one, entry in zip(told, some, strict=True) if one.path is None})
    ledger.close()


def bring(ledger: BatchLedger, folder: Path, wanted: dict[int, Entry]) -> None:
    files = []
    for row, entry in wanted.items():
        part = folder / f"{entry.place}.part"
        part.write_text(entry.url)
        found = part.stat()
        files.append(Publishing(row, str(folder / entry.place), found.st_size, None, found.st_dev, found.st_ino))
    ledger.publishing(files)
    for file in files:
        say(f"noted {file.row}")
    for file in files:
        assert not Path(file.path).exists(), "it was done before"
        Path(f"{file.path}.part").rename(file.path)
    for file in files:
        ledger.finish([Ending(file.row, RowState.DONE, attempts=1)])
        say(f"done {file.row}")


def say(word: str) -> None:
    os.write(1, f"{word}\n".encode())


if __name__ == "__main__":
    keep(Path(sys.argv[1]), durable=sys.argv[2] == "durable", lines=int(sys.argv[3]))
