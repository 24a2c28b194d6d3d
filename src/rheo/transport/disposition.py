"""The name that a Content-Disposition gives (RFC 6266), also where it is written as real servers write it.

All of it is text from strangers: parsing is linear, escapes are decoded once, and what comes out is not safe yet.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count, takewhile
from typing import Final
from urllib.parse import unquote_to_bytes

_PARAMETER: Final = re.compile(
    r"([^=;]*+)"  # its name, or a disposition type
    r'(?:=[ \t]*+(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"[^;]*+'  # a quoted value; what follows it is rubbish
    r"|([^;]*+)))?+[;\s]*+",  # any other value
    re.DOTALL,
)
_QUOTED_PAIR: Final = re.compile(r"\\(.)", re.DOTALL)
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENCODED_WORD: Final = re.compile(r"=\?([^?]*)\?([BbQq])\?([^?]*)\?=")
_PIECE: Final = re.compile(r"filename\*(0|[1-9][0-9]{0,2})(\*)?")
_PREFIX: Final = re.compile(r"([A-Za-z0-9_.:-]*)'[^']*'")
"""Charset and language of an escaped value (RFC 8187, 3.2.1)."""
_CHARSETS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
}
"""Python's names of those that are understood."""
_TYPES: Final = frozenset({"attachment", "inline"})


@dataclass(frozen=True, slots=True)
class _Piece:
    """One of several values that are a name together (RFC 2231, 3)."""

    value: str
    escaped: bool


def disposition_filename(text: str) -> str | None:
    """Return the name that a Content-Disposition gives, as it stands there and unsafe; None where it gives none.

    `filename*` goes before `filename` (RFC 6266, 4.3), and a name in pieces between them: who sends it means the
    plain one for those who cannot put it together. What real servers send besides is understood where it is clear.
    """
    plain = extended = None
    pieces: dict[int, _Piece] = {}
    for found in _PARAMETER.finditer(text):
        name = found[1].strip().lower()
        if name == "filename*":
            extended = extended or _extended(_value(found))
        elif name == "filename":
            plain = plain or _value(found)
        elif piece := _PIECE.fullmatch(name):
            pieces.setdefault(int(piece[1]), _Piece(_value(found), escaped=piece[2] is not None))
    return extended or _joined(pieces) or (_decoded_word(plain) if plain else None)


def _value(parameter: re.Match[str]) -> str:
    _, quoted, other = parameter.groups()
    if quoted is not None:
        return _QUOTED_PAIR.sub(r"\1", quoted)
    value = (other or "").strip()
    if value.startswith('"'):  # a quote that is never closed
        return _QUOTED_PAIR.sub(r"\1", value[1:])
    rest, _, last = value.rpartition(",")
    return rest.rstrip() if last.strip().lower() in _TYPES else value  # where the next field's value begins


def _extended(value: str) -> str | None:
    """Return what a value of RFC 8187 means; None where it is malformed."""
    prefix = _PREFIX.match(value)
    codec = None if prefix is None else _CHARSETS.get(prefix[1].lower())
    if prefix is None or codec is None:
        return None
    return _text([_Piece(value[prefix.end() :], escaped=True)], codec)


def _joined(pieces: Mapping[int, _Piece]) -> str | None:
    """Return the name that comes in pieces, up to the first that is missing; None without any, or a malformed one.

    The first should name the charset of all (RFC 2231, 4.1); another one may, and UTF-8 is meant where none does.
    """
    codec = None
    row: list[_Piece] = []
    for piece in map(pieces.__getitem__, takewhile(pieces.__contains__, count())):
        prefix = _PREFIX.match(piece.value) if piece.escaped else None
        written = None if prefix is None else _CHARSETS.get(prefix[1].lower())
        if prefix is not None and written is None and not row:
            return None  # a charset that we do not know
        codec = codec or written
        row.append(piece if prefix is None or written is None else _Piece(piece.value[prefix.end() :], escaped=True))
    return _text(row, codec or "utf-8") or None


def _text(pieces: Iterable[_Piece], codec: str) -> str | None:
    """Return the text whose bytes these are, escapes decoded once; None where they are malformed."""
    data = bytearray()  # a character's bytes may stand in two pieces
    try:
        for piece in pieces:
            if piece.escaped and _BAD_ESCAPE.search(piece.value):
                return None
            raw = piece.value.encode(codec)
            data += unquote_to_bytes(raw) if piece.escaped else raw
        return data.decode(codec)
    except UnicodeError:
        return None


def _decoded_word(name: str) -> str:
    """Return what a name that is one encoded word means (RFC 2047, which some servers use here)."""
    word = _ENCODED_WORD.fullmatch(name)
    codec = None if word is None else _CHARSETS.get(word[1].lower())
    if word is None or codec is None or not word[3].isascii():
        return name
    try:
        data = binascii.a2b_base64(word[3]) if word[2] in "Bb" else binascii.a2b_qp(word[3], header=True)
        return data.decode(codec) or name
    except (binascii.Error, UnicodeError):
        return name
