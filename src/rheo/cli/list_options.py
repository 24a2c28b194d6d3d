"""The options that name a list of what to fetch, and say how to read it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rheo.cli.options import FILES
from rheo.domain.errors import UsageError

if TYPE_CHECKING:
    from rheo.cli.batches import LedgerWords
    from rheo.cli.lists import ListWords

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
