"""The name that a Content-Disposition gives (RFC 6266), also where it is written as real servers write it.

All of it is text from strangers: parsing is linear, and what comes out is not safe yet.
"""

from __future__ import annotations

import binascii
import re
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
_CHARSETS: Final = frozenset({"utf-8", "iso-8859-1"})


def disposition_filename(text: str) -> str | None:
    """Return the name that a Content-Disposition gives, as it stands there and unsafe; None where it gives none.

    `filename*` goes before `filename` (RFC 6266, 4.3); what real servers send besides is understood where it is clear.
    """
    plain = extended = None
    for found in _PARAMETER.finditer(text):
        name = found[1].strip().lower()
        if name == "filename*":
            extended = extended or _extended(_value(found))
        elif name == "filename":
            plain = plain or _value(found)
    if extended or not plain:
        return extended or None
    return _decoded_word(plain)


def _value(parameter: re.Match[str]) -> str:
    _, quoted, other = parameter.groups()
    if quoted is not None:
        return _QUOTED_PAIR.sub(r"\1", quoted)
    return (other or "").strip().removeprefix('"')  # a quote that is never closed


def _extended(value: str) -> str | None:
    """Return what a value of RFC 8187 means, its escapes decoded once; None where it is malformed."""
    charset, *rest = value.split("'", 2)
    if len(rest) != 2 or charset.lower() not in _CHARSETS or _BAD_ESCAPE.search(rest[1]):  # noqa: PLR2004
        return None
    return _text(unquote_to_bytes(rest[1]), charset)


def _decoded_word(name: str) -> str:
    """Return what a name that is one encoded word means (RFC 2047, which some servers use here)."""
    word = _ENCODED_WORD.fullmatch(name)
    if word is None or word[1].lower() not in _CHARSETS or not word[3].isascii():
        return name
    try:
        data = binascii.a2b_base64(word[3]) if word[2] in "Bb" else binascii.a2b_qp(word[3], header=True)
    except binascii.Error:
        return name
    return _text(data, word[1]) or name


def _text(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        return None
