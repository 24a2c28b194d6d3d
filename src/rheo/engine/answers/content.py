"""What a body is: a page where a file was promised, or bytes that the server compressed unasked."""

from __future__ import annotations

import re
from typing import Final

from rheo.domain.errors import CodedBodyError
from rheo.domain.text import printable
from rheo.transport.base import Head
from rheo.transport.headers import media_type

ACCEPTED: Final = "gzip, deflate"
"""The Accept-Encoding of what can be unpacked: what Python's zlib knows. Brotli and zstd would each need a library."""

_PAGE_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
_PAGE: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)(?![a-z0-9-])", re.IGNORECASE)

_ARCHIVES: Final = """
7z apk br bz2 cab cpio crate deb egg gem gz iso jar lz lz4 lzma msi nupkg pkg rar rpm snap svgz tar tbz2 tgz txz tzst
vsix war whl xpi xz z zip zst"""
_PROGRAMS: Final = "appimage bin dll dmg efi elf exe img o qcow2 rom so sys vdi vhd vhdx vmdk wasm"
_DOCUMENTS: Final = """
azw3 csv doc docx epub json jsonl md mobi odp ods odt pdf ppt pptx ps rtf tex tsv txt xls xlsx yaml yml"""
_MEDIA: Final = """
aac avi avif bmp flac flv gif heic ico jpeg jpg m4a m4v mkv mov mp3 mp4 mpeg mpg ogg ogv opus otf png psd svg tif tiff
ttf wav webm webp wma wmv woff woff2"""
_DATA: Final = """
arrow asc ckpt db fasta fastq feather gguf h5 hdf5 meta4 metalink nc npy npz onnx parquet pb pickle pkl pt pth rds
safetensors sha1 sha256 sha512 sig sql sqlite sqlite3 torrent"""
_OTHER_EXTENSIONS: Final = frozenset(f"{_ARCHIVES} {_PROGRAMS} {_DOCUMENTS} {_MEDIA} {_DATA}".split())
"""Extensions that promise anything but a page."""

_CODED_EXTENSIONS: Final = {
    "gzip": frozenset({"gz", "tgz", "svgz"}),
    "x-gzip": frozenset({"gz", "tgz", "svgz"}),
    "br": frozenset({"br"}),
    "zstd": frozenset({"zst", "tzst"}),
    "bzip2": frozenset({"bz2", "tbz2"}),
    "x-bzip2": frozenset({"bz2", "tbz2"}),
    "xz": frozenset({"xz", "txz"}),
    "x-xz": frozenset({"xz", "txz"}),
    "compress": frozenset({"z"}),
    "x-compress": frozenset({"z"}),
}
"""Codings whose bytes are the file itself where its name says so; in lower case."""


def suspicious(*, content_type: str | None, name: str, beginning: bytes) -> bool:
    """Whether the body is HTML though the name promises another type: perhaps a login or error page."""
    if _extension(name) not in _OTHER_EXTENSIONS:
        return False
    return (content_type is not None and media_type(content_type) in _PAGE_TYPES) or _PAGE.match(beginning) is not None


def coding_of(head: Head) -> str | None:
    """Return how the body is coded, in lower case, several codings joined; None for not at all."""
    written = head.fields.get("content-encoding")
    if written is None:
        return None
    codings = (coding.strip().lower() for coding in written.split(","))
    return ", ".join(coding for coding in codings if coding not in ("", "identity")) or None


def to_unpack(head: Head, name: str, *, asked: str | None) -> str | None:
    """Return the coding that the body is to be unpacked of; None where the bytes that come are a file of this name.

    `asked` is what it might be coded with, None for nothing. Raises CodedBodyError where it is coded otherwise.
    """
    coding = coding_of(head)
    if coding is None or _extension(name) in _CODED_EXTENSIONS.get(coding, ()):
        return None
    one = "gzip" if coding == "x-gzip" else coding  # RFC 9110, 8.4.1.3
    if asked is not None and one in asked.split(", "):
        return one
    what = f"the server sent {printable(name)} coded as {printable(coding[:40])}, though rheo asked for"
    if asked is not None:
        raise CodedBodyError(f"{what} one of {asked}: without --compressed it may send the file as it is")
    raise CodedBodyError(f"{what} identity: the file as it is cannot be had from it")


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""
