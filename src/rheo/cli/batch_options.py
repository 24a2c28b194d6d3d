"""The options of long lists: the ledger, and when to give up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rheo.cli.options import FILES
from rheo.domain.errors import UsageError
from rheo.domain.text import printable

if TYPE_CHECKING:
    from rheo.cli.batches import LedgerWords
    from rheo.domain.batch.stopping import Patience

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


Checking = Annotated[
    str | None,
    typer.Option(
        "--check",
        metavar="size|hash|remote",
        autocompletion=lambda: ["size", "hash", "remote"],
        help="look whether what earlier runs fetched is still right: by size, hash, or by asking the server; what is "
        "not is fetched again",
        rich_help_panel=FILES,
    ),
]
Doubling = Annotated[
    str | None,
    typer.Option(
        "--duplicates",
        metavar="copy|link|report|skip",
        autocompletion=lambda: ["copy", "link", "report", "skip"],
        help="what becomes of a line whose URL another one fetches, to another place: a copy, a hard link, or nothing, "
        "told or not (default: copy)",
        rich_help_panel=FILES,
    ),
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


def patience_from(failures: int | None, share: str | None) -> Patience | None:
    """Return how much may fail, None: all; raises UsageError for what is no share."""
    if failures is None and share is None:
        return None
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


def ledger_words(
    path: Path | None, *, without: bool, only_failed: bool, check: str | None, duplicates: str | None, listed: bool
) -> LedgerWords | None:
    """Return what is said of a list's ledger, if there is a list; raises UsageError for what contradicts itself."""
    given = {"--ledger": path, "--only-failed": only_failed or None, "--check": check, "--duplicates": duplicates}
    said = [option for option, word in given.items() if word is not None]
    if not listed:
        if said or without:
            option = said[0] if said else "--no-ledger"
            raise UsageError(f"{option} tells of a list; name it with --input-file")
        return None
    if without and said:
        raise UsageError(f"--no-ledger contradicts {' and '.join(said)}; leave one of them out")
    from rheo.cli.batches import LedgerWords  # noqa: PLC0415  (few have a list)
    from rheo.wishes.batches import terms_from  # noqa: PLC0415

    terms = terms_from(only_failed=only_failed, check=check, duplicates=duplicates)
    return LedgerWords(path, wanted=not without, terms=terms)
