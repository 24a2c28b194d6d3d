"""The commands of batches: what may stand behind `rheo batch`, and what the help says about it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rheo.cli import epilogs
from rheo.cli.group import Command
from rheo.cli.options import OUTPUT, AsJson


def batch_tree() -> typer.Typer:
    """Return them."""
    batch = typer.Typer(name="batch", help=epilogs.OF_BATCH, rich_markup_mode=None)
    batch.command("report", cls=Command, epilog=epilogs.OF_BATCH_REPORT)(_report)
    batch.callback()(_batch)
    return batch


def _batch() -> None:
    """Take no options: with this, Typer makes a group of the only command."""


def _report(
    ledger: Annotated[Path, typer.Argument(metavar="LEDGER", show_default=False)],
    *,
    failed: Annotated[
        bool, typer.Option("--failed", help="only the lines that failed, or say nothing", rich_help_panel=OUTPUT)
    ] = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="a table with a header on standard output", rich_help_panel=OUTPUT)
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Tell what became of each line of a batch, by its ledger."""
    from rheo.cli.commands.batch_report import report  # noqa: PLC0415

    return report(ledger, failed=failed, as_csv=as_csv, as_json=as_json)
