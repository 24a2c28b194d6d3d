"""`rheo batch report`: what became of each line of a batch, and a summary, as its ledger has it; a row at a time."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Final

from rheo.domain.batch.row import Row, RowState, Summary
from rheo.domain.errors import UsageError
from rheo.domain.text import printable
from rheo.domain.units import format_size
from rheo.storage.ledger.reader import LedgerReader

_FAILED: Final = (RowState.FAILED, RowState.BAD_LINE)
_COLUMNS: Final = (
    *("number", "url", "place", "state", "path", "size", "hash"),
    *("attempts", "error", "message", "seconds", "etag", "modified"),
)
"""Of a table; they are fields of a row."""
_FORMULA: Final = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of one."""


def report(ledger: Path, *, failed: bool, as_csv: bool, as_json: bool) -> int:
    """Write the report on standard output; raises UsageError. A table of values has no summary."""
    if as_csv and as_json:
        raise UsageError("--csv and --json are two forms of one report; leave one out")
    with closing(LedgerReader.open(os.fspath(ledger.expanduser()))) as reader:
        rows = reader.rows(_FAILED if failed else None)
        if as_csv:
            _write_table(rows)
            return 0
        sys.stdout.writelines(f"{json.dumps(_facts(row))}\n" for row in rows) if as_json else _write_lines(rows)
        summary = reader.summary()
        lines = [json.dumps(_summary_facts(summary))] if as_json else list(_summary_lines(summary))
        sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _write_table(rows: Iterable[Row]) -> None:
    """Write comma-separated values (RFC 4180) in which nothing steers a terminal, and nothing is a formula."""
    table = csv.writer(sys.stdout, lineterminator="\r\n")
    table.writerow(_COLUMNS)
    table.writerows([_cell(getattr(row, column)) for column in _COLUMNS] for row in rows)


def _cell(value: str | float | None) -> str | float | None:
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _write_lines(rows: Iterator[Row]) -> None:
    first = next(rows, None)
    if first is None:
        return
    sys.stdout.write(f"{'line':>7}  {'state':<10}  {'size':>10}  {'attempts':>8}  {'seconds':>8}  URL\n")
    sys.stdout.writelines(f"{_line(row)}\n" for row in chain([first], rows))
    sys.stdout.write("\n")


def _line(row: Row) -> str:
    size = "-" if row.size is None else format_size(row.size)
    seconds = "-" if row.seconds is None else f"{row.seconds:.1f}"
    told = f"{size:>10}  {row.attempts:>8}  {seconds:>8}  {printable(_what(row))}"
    return f"{row.number:>7}  {_name(row.state):<10}  {told}"


def _what(row: Row) -> str:
    """Return what is asked for, and what became of it: where its file is, or what is wrong."""
    if row.state is RowState.BAD_LINE:
        return str(row.message)
    if row.error is not None:
        return f"{row.url}: {row.error}: {_reason(row)}"
    return row.url if row.path is None else f"{row.url}  {row.path}"


def _reason(row: Row) -> str:
    """Return what is wrong as it stands behind the URL, which it names no second time, nor its host."""
    message = str(row.message)
    for named in (row.url, row.url.partition("?")[0], row.host):
        if message.startswith(f"{named}: "):
            return message[len(named) + 2 :]
    return message


def _name(state: RowState) -> str:
    return state.value.replace("_", " ")


def _summary_lines(summary: Summary) -> Iterator[str]:
    counts = [f"{summary.states[state]} {_name(state)}" for state in RowState if state in summary.states]
    lines = f"{summary.total} {'line' if summary.total == 1 else 'lines'}"
    yield f"{lines}: {', '.join([*counts, format_size(summary.size)])}" if counts else f"{lines}"
    if summary.errors:
        yield f"errors: {', '.join(f'{count} {printable(code)}' for code, count in summary.errors.items())}"
    for host, failed, total in summary.hosts:
        yield f"  {printable(host)}: {failed} of {total} failed"


def _facts(row: Row) -> dict[str, object]:
    """Return what programs read. Names are stable; sizes are bytes, durations seconds."""
    return {"type": "row", **row._asdict()}


def _summary_facts(summary: Summary) -> dict[str, object]:
    return {
        "type": "summary",
        "total": summary.total,
        "states": {state.value: count for state, count in summary.states.items()},
        "errors": summary.errors,
        "size": summary.size,
        "hosts": [host._asdict() for host in summary.hosts],
    }
