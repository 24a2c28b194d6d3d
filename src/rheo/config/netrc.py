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
_WORD: Final = re.compile(rf"(?:{_QUOTED}|{_BARE})(?:[ \t]+|\Z)")
_ESCAPE: Final = re.compile(r"\\(.)")
_DEFAULT: Final = "default"
_KEYWORDS: Final = frozenset({"machine", "login", "password", "account", "macdef"})
"""What has a value after it."""


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
    user: str | None = None,
    *,
    path: Path | None,
    environment: Mapping[str, str],
    home: Path,
) -> tuple[str, Secret] | None:
    """Return the user and password for a host; None where there is no netrc, or nothing complete in it for the host.

    With `user` only entries of that user count. Read is the file at `path`, else the one that NETRC names, else the one
    at home; only that last may be missing. Raises SettingsError for what is wrong with the file: it names file and
    line, never the content.
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
        return login_for(host, parse(text), user)
    except _OddError as odd:
        raise SettingsError(f"{printable(str(file))}, {odd}") from None


def login_for(host: str, entries: Sequence[Entry], user: str | None = None) -> tuple[str, Secret] | None:
    """Return what the host's first entry says, or the default where it has none; None where that is incomplete.

    With `user` it is the first one of that user.
    """
    host = host.lower()
    fitting = [entry for entry in entries if user is None or entry.fields.get("login") == user]
    mine = next((entry for entry in fitting if entry.host == host), None)
    entry = mine or next((entry for entry in fitting if entry.host is None), None)
    if entry is None or not entry.fields.get("login") or "password" not in entry.fields:
        return None
    return entry.fields["login"], Secret(entry.fields["password"], what="password in the netrc")


def parse(text: str) -> list[Entry]:
    """Return the entries in their order; macros are passed over, and so are words that we do not know.

    A value may be quoted, and a backslash takes the next character as it is. Where a line begins with a keyword, that
    is no value of the one before.
    """
    reading = _Reading()
    for number, written in enumerate(text.split("\n"), start=1):
        line = written.removesuffix("\r").lstrip(_BLANKS)  # a blank at its end may belong to a backslash
        if reading.in_macro and line:
            continue
        reading.in_macro = False
        reading.take_line(number, line)
    reading.end()
    return reading.entries


class _Reading:
    """How far a netrc is read."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.in_macro = False
        """Whether the lines up to the next empty one are no business of ours."""
        self._open: tuple[int, str] | None = None
        """The keyword whose value comes next, and its line."""

    def take_line(self, number: int, line: str) -> None:
        position = 0
        while position < len(line):
            if line[position] == "#" and (position == 0 or self._open is None):
                return
            word = _WORD.match(line, position)
            if word is None:
                raise _OddError(number, "cannot be read; quotes must close, and blanks stand between words")
            if position == 0 and word["bare"] in {*_KEYWORDS, _DEFAULT}:
                self.end()
            position = word.end()
            self._take_word(number, word)

    def end(self) -> None:
        """Raise where a value is missing."""
        if self._open is not None:
            raise _OddError(self._open[0], f"{self._open[1]} has no value")

    def _take_word(self, number: int, word: re.Match[str]) -> None:
        if self._open is not None:
            keyword, self._open = self._open[1], None
            self._take_value(number, keyword, _value(word))
        elif word["bare"] in _KEYWORDS:
            self._open = number, word["bare"]
        elif word["bare"] == _DEFAULT:
            self.entries.append(Entry(None))
        elif not self.entries:
            raise _OddError(number, "a word stands before the first machine")

    def _take_value(self, number: int, keyword: str, value: str) -> None:
        if keyword == "macdef":
            self.in_macro = True
        elif keyword == "machine":
            self.entries.append(Entry(value.lower()))
        elif not self.entries:
            raise _OddError(number, f"{keyword} stands before the first machine")
        elif keyword in self.entries[-1].fields:
            raise _OddError(number, f"a second {keyword} for one machine; begin each entry with machine or default")
        else:
            self.entries[-1].fields[keyword] = value


def _value(word: re.Match[str]) -> str:
    written: str = word["bare"] if word["quoted"] is None else word["quoted"]
    return _ESCAPE.sub(r"\1", written)


def _of_variable(environment: Mapping[str, str], home: Path) -> Path | None:
    named = environment.get(VARIABLE)
    if not named:
        return None
    return home / named[2:] if named.startswith("~/") else Path(named)
