"""Logins out of a netrc, for the one host that each belongs to.

The parser is our own. Python's takes a keyword for a value where one is missing, so that an entry which ends in a bare
`password` gets the login and password of the `default` below it; lets the last of several entries of a host win, where
ftp, curl and wget take the first; and repeats words of the file, passwords among them, in its complaints.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rheo.config.private_files import read_private
from rheo.domain.errors import SettingsError
from rheo.domain.secret import Secret
from rheo.domain.text import printable

VARIABLE: Final = "NETRC"

_BLANKS: Final = " \t"
_QUOTED: Final = r'"(?P<quoted>(?:[^"\\\r\0]|\\[^\r\0])*)"'
_BARE: Final = r'(?P<bare>(?!")(?:[^ \t\\\r\0]|\\[^\r\0])+)'
_PAIR: Final = rf"(?P<keyword>machine|login|password|account|macdef)[ \t]+(?:{_QUOTED}|{_BARE})"
_ITEM: Final = re.compile(rf"(?:(?P<default>default)|{_PAIR})(?:[ \t]+|\Z)")
_FORM: Final = (
    "must be machine, login, password, account or macdef with a value beside it, or default; quotes must close"
)
_ESCAPE: Final = re.compile(r"\\(.)")


@dataclass(slots=True)
class Entry:
    """What stands under one `machine`, or under `default`."""

    host: str | None
    """In lower case; None is the default."""
    fields: dict[str, str] = field(default_factory=dict, repr=False)
    """By their keywords `login`, `password` and `account`; those that are absent are not there."""


class _OddError(Exception):
    """Which line is wrong, and why: a sentence without its words, which may be secret."""

    def __init__(self, line: int, complaint: str) -> None:
        super().__init__(f"line {line}: {complaint}")


def netrc_login(
    host: str,
    *,
    path: Path | None,
    environment: Mapping[str, str],
    home: Path,
) -> tuple[str, Secret] | None:
    """Return the user and password for a host; None where there is no netrc, or nothing complete in it for the host.

    Read is the file at `path`, else the one that NETRC names, else the one at home; only that last may be missing.
    Raises SettingsError for what is wrong with the file: it names file and line, never the content.
    """
    named = path or _of_variable(environment, home)
    file = named or home / ("_netrc" if sys.platform == "win32" else ".netrc")
    text = read_private(file, own=True)
    if text is None:
        if named is None:
            return None
        source = "" if path else f", which the variable {VARIABLE} names"
        raise SettingsError(f"{printable(str(file))}: there is no such netrc{source}")
    try:
        return login_for(host, parse(text))
    except _OddError as odd:
        raise SettingsError(f"{printable(str(file))}, {odd}") from None


def login_for(host: str, entries: Sequence[Entry]) -> tuple[str, Secret] | None:
    """Return what the host's first entry says, or the default where it has none; None where that is incomplete."""
    host = host.lower()
    mine = next((entry for entry in entries if entry.host == host), None)
    entry = mine or next((entry for entry in entries if entry.host is None), None)
    if entry is None or not entry.fields.get("login") or "password" not in entry.fields:
        return None
    return entry.fields["login"], Secret(entry.fields["password"], what="password in the netrc")


def parse(text: str) -> list[Entry]:
    """Return the entries in their order; macros are passed over.

    A value stands on the line of its keyword, may be quoted, and a backslash takes the next character as it is.
    """
    entries: list[Entry] = []
    in_macro = False
    for number, written in enumerate(text.split("\n"), start=1):
        line = written.removesuffix("\r").lstrip(_BLANKS)  # a blank at its end may belong to a backslash
        in_macro = bool(line) if in_macro else _read_line(number, line, entries)
    return entries


def _read_line(number: int, line: str, entries: list[Entry]) -> bool:
    """Take what a line says; return whether a macro begins after it."""
    position, begins_macro = 0, False
    while position < len(line) and line[position] != "#":
        item = _ITEM.match(line, position)
        if item is None:
            raise _OddError(number, _FORM)
        position = item.end()
        if item["default"]:
            entries.append(Entry(None))
        elif item["keyword"] == "macdef":
            begins_macro = True
        elif item["keyword"] == "machine":
            entries.append(Entry(_value(item).lower()))
        else:
            _add_field(number, item, entries)
    return begins_macro


def _add_field(number: int, item: re.Match[str], entries: list[Entry]) -> None:
    keyword = item["keyword"]
    if not entries:
        raise _OddError(number, f"{keyword} stands before the first machine")
    if keyword in entries[-1].fields:
        raise _OddError(number, f"a second {keyword} for one machine; begin each entry with machine or default")
    entries[-1].fields[keyword] = _value(item)


def _value(item: re.Match[str]) -> str:
    written: str = item["bare"] if item["quoted"] is None else item["quoted"]
    return _ESCAPE.sub(r"\1", written)


def _of_variable(environment: Mapping[str, str], home: Path) -> Path | None:
    named = environment.get(VARIABLE)
    if not named:
        return None
    return home / named[2:] if named.startswith("~/") else Path(named)
