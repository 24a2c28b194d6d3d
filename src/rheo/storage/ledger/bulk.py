"""Statements that take many rows at once.

Each step of SQLite gives up the interpreter's lock, and gets it back when other threads let it: a step for each row
would cost those, and us, more than all that SQLite does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any, Final, TypeVar

T = TypeVar("T")

_MOST_PARAMETERS: Final = 999
"""That old versions of SQLite take in a statement."""


def execute_with(connection: sqlite3.Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run a statement in which `:rows` stands for `(?, ?), (?, ?)` with the values of rows, as often as they need."""
    for some in parts(rows, len(rows[0]) if rows else 1):
        connection.execute(statement.replace(":rows", marks(len(some), len(some[0]))), tuple(chain.from_iterable(some)))


def execute_among(connection: sqlite3.Connection, statement: str, values: Sequence[Any]) -> None:
    """Run a statement in which `:values` stands for `(?, ?)` with all the values, as often as they need."""
    for some in parts(values, 1):
        connection.execute(among(statement, some), some)


def among(statement: str, values: Sequence[Any]) -> str:
    """Return a statement with places for all the values, where `:values` stands for them."""
    return statement.replace(":values", marks(1, len(values)))


def parts(rows: Sequence[T], columns: int) -> Iterator[Sequence[T]]:
    """Yield as many rows of so many columns at a time as a statement takes."""
    most = _MOST_PARAMETERS // columns
    for start in range(0, len(rows), most):
        yield rows[start : start + most]


@cache
def marks(rows: int, columns: int) -> str:
    """Return the places of values: `(?, ?), (?, ?)` for two rows of two."""
    return ", ".join([f"({', '.join('?' * columns)})"] * rows)
