r"""Lists of checksums as `sha256sum` and its kin write them: which file has which checksum.

GNU: `HEX  NAME`, `HEX *NAME`; BSD and OpenSSL: `SHA256 (NAME) = HEX`. A backslash before a line says that `\\`, `\n`
and `\r` stand in its name for what cannot be written there. A digest alone is that of the only file of its list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from rheo.domain.checksum import ALGORITHMS, Checksum, canonical
from rheo.domain.errors import InvalidHashFileError
from rheo.domain.text import printable

LONGEST: Final = 1024 * 1024
"""Bytes of a list; whatever has more is none."""

_BY_LENGTH: Final = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
"""What digests of so many digits are by, where the list's name does not tell."""
_OTHER_NAMES: Final = {"b2sum": "blake2b", ".b2": "blake2b"}
_BY_NAME: Final = (*sorted(ALGORITHMS, key=len, reverse=True), *_OTHER_NAMES)
"""What a list's name may tell: `B2SUMS`, `a.iso.sha3-256`; longer words first."""

_TAGS: Final = {"blake2b": "BLAKE2b", "blake2s": "BLAKE2s"}
"""How BSD's lines call algorithms, where it is not by capitals."""

_GNU: Final = re.compile(r"(\\?)([0-9A-Fa-f]{8,})(?:[ \t][ *]|[ \t])(.+)", re.DOTALL)
_BSD: Final = re.compile(r"(\\?)([A-Za-z0-9/_-]+) ?\((.+)\) ?= ?([0-9A-Fa-f]+)", re.DOTALL)
_ALONE: Final = re.compile(r"[0-9A-Fa-f]{8,}")
_ESCAPE: Final = re.compile(r"\\(.?)", re.DOTALL)
_ESCAPED: Final = {"\\": "\\", "n": "\n", "r": "\r"}
_SIGNED: Final = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE: Final = "-----BEGIN PGP SIGNATURE-----"
_SHOWN: Final = 60
"""Characters of a line that is none that its message repeats."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line's checksum."""

    name: str | None
    """None for a digest alone. Bytes that are no UTF-8 are surrogates, as in the names of files."""
    checksum: Checksum
    line: int
    """Counted from one."""


@dataclass(frozen=True, slots=True)
class Unlisted:
    """One line that tells nothing that can be checked."""

    line: int
    """Counted from one."""
    wrong: str
    """Nothing in it steers a terminal."""
    name: str | None = None
    """Of its file, where all that is wrong is that rheo cannot compute such digests."""


@dataclass(frozen=True, slots=True)
class ChecksumList:
    """What a list tells."""

    source: str
    """Its path or URL, as messages call it."""
    entries: tuple[Listed, ...]

    def checksums_of(self, names: Iterable[str]) -> tuple[Checksum, ...]:
        """Return the checksums of the first of these names that is listed, one for each algorithm; none: nothing.

        A name counts where it is the same to the letter, perhaps behind `./`.
        Raises InvalidHashFileError where it is listed twice with different digests.
        """
        for name in names:
            found = [one for one in self.entries if one.name is not None and one.name.removeprefix("./") == name]
            if found:
                return self._agreeing(found, name)
        alone = [one for one in self.entries if one.name is None]
        return (alone[0].checksum,) if len(alone) == len(self.entries) == 1 else ()

    def _agreeing(self, found: Iterable[Listed], name: str) -> tuple[Checksum, ...]:
        first: dict[str, Listed] = {}
        for one in found:
            before = first.setdefault(one.checksum.algorithm, one)
            if before.checksum != one.checksum:
                raise InvalidHashFileError(
                    f"{printable(self.source)}, lines {before.line} and {one.line}: {printable(name)} is listed with "
                    "different digests; which one is right cannot be told"
                )
        return tuple(one.checksum for one in first.values())


def parse_checksum_list(data: bytes, *, source: str) -> ChecksumList:
    """Return what a list tells; raises InvalidHashFileError, which names the line.

    Comments, empty lines, a PGP signature around it, and digests that rheo cannot compute are passed over.
    """
    if len(data) > LONGEST:
        raise InvalidHashFileError(f"{printable(source)} has more than 1 MiB: it is no list of checksums")
    if b"\0" in data:
        raise InvalidHashFileError(f"{printable(source)} has a NUL in it: it is no list of checksums")
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    entries = []
    for one in read_checksum_lines(text.split("\n"), source=source):
        if isinstance(one, Listed):
            entries.append(one)
        elif one.name is None:
            raise InvalidHashFileError(f"{printable(source)}, line {one.line}: {one.wrong}")
    return ChecksumList(source, tuple(entries))


def read_checksum_lines(lines: Iterable[str], *, source: str) -> Iterator[Listed | Unlisted]:
    """Yield what each line of a list tells, as they come; comments, empty lines and a PGP signature tell nothing.

    `source` is the list's path or URL, whose name may tell the algorithm.
    """
    hint = _hinted(source)
    for number, line in _lines(lines):
        try:
            yield _listed(line, number, hint)
        except ValueError as error:
            yield Unlisted(number, str(error))


def list_line(name: str, checksum: Checksum, *, tagged: bool = False) -> str:
    """Return the line of a list, GNU's, or `tagged` BSD's; without its end."""
    written = name.replace("\\", r"\\").replace("\n", r"\n").replace("\r", r"\r")
    escaped = "" if written == name else "\\"
    if tagged:
        tag = _TAGS.get(checksum.algorithm, checksum.algorithm.upper())
        return f"{escaped}{tag} ({written}) = {checksum.digest}"
    return f"{escaped}{checksum.digest}  {written}"


def _lines(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield number and text of all lines that may list something: not of what a signature puts around (RFC 9580, 7)."""
    signed = head = False
    for number, ended in enumerate(lines, 1):
        line = ended.removesuffix("\n").removesuffix("\r")
        if line.strip() == _SIGNED:
            signed = head = True
        elif signed and line.strip() == _SIGNATURE:
            return
        elif head:
            head = bool(line.strip())
        else:
            line = line.removeprefix("- ") if signed else line
            if line.strip() and not line.startswith("#"):
                yield number, line


def _listed(line: str, number: int, hint: str | None) -> Listed | Unlisted:
    """Return what a line lists, perhaps by what we cannot compute; raises ValueError for what is no such line."""
    found = _BSD.fullmatch(line)
    if found is not None:
        escaped, tag, name, digest = found.groups()
        algorithm = canonical(tag).replace("sha2-", "sha")
        if algorithm not in ALGORITHMS:
            wrong = f"rheo cannot compute {printable(tag[:_SHOWN])}"
            return Unlisted(number, wrong, _unescaped(name, escaped))
        if len(digest) != ALGORITHMS[algorithm]:
            raise ValueError(f"a {algorithm} digest has {ALGORITHMS[algorithm]} digits, not {len(digest)}")
        return Listed(_unescaped(name, escaped), Checksum(algorithm, digest.lower()), number)
    found = _GNU.fullmatch(line)
    if found is not None:
        escaped, digest, name = found.groups()
        return Listed(_unescaped(name, escaped), _by_length(digest, hint), number)
    if _ALONE.fullmatch(line.strip()):
        return Listed(None, _by_length(line.strip(), hint), number)
    raise ValueError(f"{_shown(line)} lists no checksum; a line is a digest, two blanks, and a name")


def _shown(line: str) -> str:
    """Return what a message repeats of a line: nothing of a URL, which may have a secret, or that steers a terminal."""
    return "a URL" if "://" in line else repr(line[:_SHOWN])


def _by_length(digest: str, hint: str | None) -> Checksum:
    algorithm = hint if hint is not None and ALGORITHMS[hint] == len(digest) else _BY_LENGTH.get(len(digest))
    if algorithm is None:
        raise ValueError(f"no digest that rheo knows has {len(digest)} hexadecimal digits")
    return Checksum(algorithm, digest.lower())


def _hinted(source: str) -> str | None:
    """Return the algorithm that a list's name tells; None where it does not."""
    name = source.partition("?")[0].replace("\\", "/").rstrip("/").rpartition("/")[2].lower().replace("_", "-")
    words = (word for word in _BY_NAME if word in name)
    word = next(words, None)
    return None if word is None else _OTHER_NAMES.get(word, word)


def _unescaped(name: str, escaped: str) -> str:
    return _ESCAPE.sub(_meant, name) if escaped else name


def _meant(found: re.Match[str]) -> str:
    if found[1] not in _ESCAPED:
        raise ValueError(f"\\{printable(found[1])} stands for nothing in an escaped name")
    return _ESCAPED[found[1]]
