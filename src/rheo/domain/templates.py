"""Templates: where files go, as a text with fields in braces that each of them fills in with what is known of it; pure.

What fills them in is of strangers. So a folder or name with a field is made safe as a whole, once it is filled in:
nothing leads out of the root, becomes a dotfile, or is too long for a file system (invariant 9).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Final, NamedTuple

from rheo.domain.errors import UsageError
from rheo.domain.safe_names import name_of, safe_folders, safe_name, split_name, stopgap_of, unescaped
from rheo.domain.settings import RestrictFilenames
from rheo.domain.text import printable
from rheo.domain.url import Url


class Known(NamedTuple):
    """What is known of a file before anything is asked for."""

    url: Url
    number: int
    """Its own in its list, from one."""
    said: Sequence[tuple[str, str]] = ()
    """What its line says of it: names and values."""
    restrict: RestrictFilenames | None = None
    """What else a name must not have."""


Value = Callable[[Known], str]
"""What a field, or all between two slashes, stands for."""


class Template(NamedTuple):
    """A place that has fields."""

    root: str
    """What stands before the first folder with a field, as it was written; empty where nothing does."""
    parts: tuple[str | Value, ...]
    """What comes below it; nothing where there is no field."""
    columns: frozenset[str] = frozenset()
    """What lines say that it is made of, by names in small letters and with `-`."""

    def fill(self, known: Known) -> str:
        """Return the path below the root for a file: names, apart by slashes, and none of them `..`; or nothing.

        Raises UsageError where its line does not say what a field stands for.
        """
        return "/".join(filter(None, [part if isinstance(part, str) else part(known) for part in self.parts]))


def folder_template(text: str, *, now: datetime) -> Template:
    """Return the template of folders; raises UsageError for a field that is none, and where `..` follows one.

    `now` is when the run began; it is aware, and in the zone whose date counts.
    """
    return _template("--directory", text, now)


def name_template(text: str, *, now: datetime) -> Template:
    """Return the template of names, with folders if they have any; it has no root.

    Raises UsageError also where it leads out of its folder, ends in one, or is the same for all files.
    """
    option = "--output"
    root, parts, columns = _template(option, text, now)
    if not parts:
        raise _wrong(option, text, "that names one file, but a list has many; give it a field, as in {n:06}-{name}")
    folders = root.split("/") if root else []
    if root.startswith("/") or ".." in folders:
        raise _wrong(option, text, "it leads out of the folder; --directory says which one that is")
    if parts[-1] in {"", _folders}:
        raise _wrong(option, text, "it ends in a folder; put a name behind it, as in {path}/{name}")
    return Template("", (*(folder for folder in folders if folder != "."), *parts), columns)


class _OddError(Exception):
    """What is wrong with a template."""


_TOKEN: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_WIDTH: Final = re.compile(r"0([1-9]|1[0-9])")
_DIGITS: Final = re.compile(r"[1-9]|[1-5][0-9]|6[0-4]")
_DATE: Final = re.compile(r"(?:%[YmdHMSjyGVu]|[^%\0])+")
_SECRET: Final = frozenset({"header", "headers", "password", "http-passwd"})
_USUAL_DATE: Final = "%Y-%m-%d"


def _template(option: str, text: str, now: datetime) -> Template:
    try:
        pieces = list(_pieces(text, now))
        parts = list(map(_part, _divided(pieces)))
    except _OddError as odd:
        raise _wrong(option, text, str(odd)) from None
    first = next((index for index, part in enumerate(parts) if callable(part)), len(parts))
    below = ["" if part == "." else part for part in parts[first:]]
    if ".." in below:
        raise _wrong(option, text, "it leads back out of a folder that has a field; leave out the ..")
    above = [part for part in parts[:first] if isinstance(part, str)]
    columns = frozenset(piece.args[0] for piece in pieces if isinstance(piece, partial) and piece.func is _said)
    return Template("/" if above == [""] and below else "/".join(above), tuple(below), columns)


def _wrong(option: str, text: str, why: str) -> UsageError:
    return UsageError(f"{option} {printable(text)}: {why}")


def _pieces(text: str, now: datetime) -> Iterator[str | Value]:
    """Yield text and fields in turn; the date is text, as all files have the same."""
    position = 0
    for token in _TOKEN.finditer(text):
        yield text[position : token.start()]
        position = token.end()
        if token[1] is not None:
            yield _field(token[1], now)
        elif token[0] in {"{{", "}}"}:
            yield token[0][0]
        else:
            raise _OddError(f"a {token[0]} has no other; write {token[0] * 2} for one that belongs to no field")
    yield text[position:]


def _divided(pieces: Iterable[str | Value]) -> Iterator[list[str | Value]]:
    """Yield what stands between slashes."""
    part: list[str | Value] = []
    for piece in pieces:
        if callable(piece):
            part.append(piece)
            continue
        before, *others = piece.split("/")
        part.append(before)
        for other in others:
            yield part
            part = [other]
    yield part


def _part(pieces: Sequence[str | Value]) -> str | Value:
    """Return what becomes of all that stands between two slashes: text that is the user's own, or what fills it in."""
    some = [piece for piece in pieces if piece]
    if not any(map(callable, some)):
        return "".join(piece for piece in some if isinstance(piece, str))
    if _folders in some:
        if len(some) > 1:
            raise _OddError("{path} is folders; put it between slashes")
        return _folders
    return partial(_filled, tuple(some))


def _filled(pieces: Sequence[str | Value], known: Known) -> str:
    text = "".join([piece if isinstance(piece, str) else piece(known) for piece in pieces])
    return safe_name(text.replace("/", "_").replace("\\", "_"), known.restrict) or "_"


def _field(written: str, now: datetime) -> str | Value:
    """Return what a field stands for; raises _OddError."""
    word, colon, more = written.partition(":")
    if word == "date":
        return _date(more or _USUAL_DATE, now)
    if word in _WITH_MORE:
        return _WITH_MORE[word](more)
    value = _PLAIN.get(word)
    if value is None:
        names = ", ".join(f"{{{name}}}" for name in (*_PLAIN, *_WITH_MORE, "date"))
        some = f"there is no field {{{printable(written)}}}; there are {names}"
        raise _OddError(f"{some}; write {{{{ and }}}} for plain braces")
    if colon:
        raise _OddError(f"{{{word}}} takes nothing behind it, but has :{printable(more)}")
    return value


def _date(form: str, now: datetime) -> str:
    if not _DATE.fullmatch(form):
        raise _OddError(f"{{date:{printable(form)}}} may have %Y, %m, %d, %H, %M, %S, %j, %y, %G, %V and %u")
    return now.strftime(form)


def _number(width: str) -> Value:
    if not width:
        return lambda known: str(known.number)
    if not _WIDTH.fullmatch(width):
        raise _OddError(f"{{n:{printable(width)}}} must say how many digits at least, with a 0 before: {{n:06}}")
    return lambda known: f"{known.number:{width}}"


def _hash(digits: str) -> Value:
    if digits and not _DIGITS.fullmatch(digits):
        raise _OddError(f"{{hash:{printable(digits)}}} must say how many digits, at most 64: {{hash:2}}")
    most = int(digits or 64)
    return lambda known: sha256(known.url.text.encode()).hexdigest()[:most]


def _column(name: str) -> Value:
    """Return what a line says under a name, perhaps only its first characters: `NAME`, `NAME:2`."""
    start, _, digits = name.rpartition(":")
    most = int(digits) if start and _DIGITS.fullmatch(digits) else None
    wanted = name if most is None else start
    if not wanted:
        raise _OddError("{column} must say which, as in {column:author}")
    if spelt(wanted) in _SECRET:
        raise _OddError(f"{{column:{printable(wanted)}}} is a secret, and everybody sees the names of files")
    return partial(_said, spelt(wanted), wanted, most)


def _said(wanted: str, name: str, most: int | None, known: Known) -> str:
    for one, value in known.said:
        if spelt(one) == wanted:
            return value[:most]
    raise UsageError(f"it has no {printable(name)}, which its place is made of")


def spelt(name: str) -> str:
    """Return the name of a column as it is compared."""
    return name.lower().replace("_", "-")


def _folders(known: Known) -> str:
    return safe_folders(known.url, known.restrict)


def _name(known: Known) -> str:
    return name_of(known.url, known.restrict) or stopgap_of(known.url)


_PLAIN: Final[Mapping[str, Value]] = {
    "scheme": lambda known: known.url.scheme,
    "host": lambda known: known.url.host,
    "port": lambda known: str(known.url.port),
    "path": _folders,
    "name": _name,
    "stem": lambda known: split_name(_name(known))[0],
    "ext": lambda known: split_name(_name(known))[1][1:],
    "query": lambda known: unescaped(known.url.target.partition("?")[2]),
}
"""Fields behind which nothing may stand."""

_WITH_MORE: Final[Mapping[str, Callable[[str], Value]]] = {"n": _number, "hash": _hash, "column": _column}
"""Fields of which something behind a colon may say more."""
