"""The options that name a list of what to fetch, and say how to read it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rheo.cli.options import FILES
from rheo.domain.errors import UsageError
from rheo.domain.text import printable

if TYPE_CHECKING:
    from rheo.cli.batches import LedgerWords
    from rheo.cli.lists import ListWords
    from rheo.domain.batch.stopping import Patience

InputFile = Annotated[
    str | None,
    typer.Option(
        "--input-file",
        "-i",
        metavar="FILE",
        help="fetch what this list has, a URL a line, or CSV, TSV, JSON Lines; - is standard input",
        rich_help_panel=FILES,
    ),
]
Form = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="NAME", help="how the list is written: plain, csv, tsv, jsonl", rich_help_panel=FILES
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="NAME=COLUMN",
        help="how the list calls something: --column url=image_link; may be given several times",
        rich_help_panel=FILES,
    ),
]
Patterns = Annotated[
    bool,
    typer.Option("--glob", help="[001-100], [a-z] and {a,b} in its URLs stand for many", rich_help_panel=FILES),
]
LedgerFile = Annotated[
    Path | None,
    typer.Option(
        "--ledger",
        metavar="FILE",
        help="where it is written down what became of each line; beside the files as LIST.ledger by default",
        rich_help_panel=FILES,
    ),
]
NoLedger = Annotated[
    bool, typer.Option("--no-ledger", help="write down nothing of a list's lines", rich_help_panel=FILES)
]
OnlyFailed = Annotated[
    bool, typer.Option("--only-failed", help="fetch only what failed in an earlier run", rich_help_panel=FILES)
]


MaxFailures = Annotated[
    int | None,
    typer.Option(
        "--max-failures", metavar="N", min=1, help="stop once so many lines have failed", rich_help_panel=FILES
    ),
]
MaxFailureRate = Annotated[
    str | None,
    typer.Option(
        "--max-failure-rate",
        metavar="SHARE",
        help="stop once more than this share of at least a hundred finished lines has failed: 5% or 0.05",
        rich_help_panel=FILES,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="fetch nothing; say what would be fetched, and where", rich_help_panel=FILES),
]


def list_path(urls: Sequence[str], input_file: str | None) -> tuple[list[str], str | None]:
    """Return the URLs, and the list: that of an option, or of `download batch LIST`; raises UsageError."""
    if list(urls[:1]) != ["batch"]:
        return list(urls), input_file
    if input_file is not None or len(urls) != 2:  # noqa: PLR2004  (the word, and the list)
        raise UsageError("a batch is one list; write: rheo download batch urls.txt, or - for standard input")
    return [], urls[1]


def patience_from(failures: int | None, share: str | None) -> Patience:
    """Return how much may fail; raises UsageError for what is no share."""
    from rheo.domain.batch.stopping import Patience  # noqa: PLC0415  (few have a list)

    return Patience(failures, None if share is None else _share(share))


def _share(text: str) -> float:
    digits = text.removesuffix("%")
    try:
        share = float(digits) / (1 if digits == text else 100)
    except ValueError:
        share = -1.0
    if not 0 <= share < 1:
        raise UsageError(f"--max-failure-rate {printable(text)}: write a share below all, such as 5% or 0.05")
    return share


def ledger_words(path: Path | None, *, without: bool, only_failed: bool, listed: bool) -> LedgerWords | None:
    """Return what is said of a list's ledger, if there is a list; raises UsageError for what contradicts itself."""
    if not listed:
        if path is not None or without or only_failed:
            raise UsageError("--ledger, --no-ledger and --only-failed tell of a list; name it with --input-file")
        return None
    if without and (path is not None or only_failed):
        raise UsageError("--no-ledger contradicts --ledger and --only-failed; leave one of them out")
    from rheo.cli.batches import LedgerWords  # noqa: PLC0415  (few have a list)

    return LedgerWords(path, wanted=not without, only_failed=only_failed)


def list_words(path: str | None, form: str | None, columns: list[str], *, patterns: bool) -> ListWords | None:
    """Return what is said of a list, if there is one; raises UsageError for what is said of none."""
    if path is not None:
        from rheo.cli.lists import ListWords  # noqa: PLC0415  (few have a list)

        return ListWords(path, form, columns, patterns)
    if form is not None or columns or patterns:
        raise UsageError("--format, --column and --glob tell of a list; name it with --input-file")
    return None
