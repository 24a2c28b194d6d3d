"""From what a caller says of a file on the disk to what it is held against, and to the download that repairs it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from posixpath import basename
from typing import TYPE_CHECKING, cast

from rheo.domain.checksum import Checksum
from rheo.domain.checksum_list import LONGEST, ChecksumList, parse_checksum_list
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import InvalidMetalinkError, UsageError
from rheo.domain.examination import Damage, Examination, Expected
from rheo.domain.listed import not_listed
from rheo.domain.result import DownloadResult
from rheo.domain.settings import OnExists, Settings
from rheo.domain.text import printable
from rheo.domain.url import Url, parse_url
from rheo.domain.verified import VerifiedFile
from rheo.storage.digesting import STANDARD_INPUT, read_into
from rheo.storage.given.checksum_file import read_checksum_list
from rheo.wishes import Checksums, Wishes, checksums_of, is_address, request_for
from rheo.wishes.http import HttpKeywords

if TYPE_CHECKING:
    from rheo.domain.metalink.values import Metalink, MetalinkFile  # loaded where somebody has one
    from rheo.engine.sources.document import Document  # loaded where one is fetched


class VerifyKeywords(HttpKeywords, total=False):
    """What a file may be held against, where it is repaired from, and what the requests for that carry."""

    checksum: Checksums
    """One or more of `sha256:HEX` and the like; all must match."""
    hash_file: str | Path | None
    """A list that has the file's checksum under its name: a path, or a URL."""
    metalink: Metalink | str | Path | bytes | None
    """A Metalink that lists the file, by its name or alone: a path, a URL, its bytes, or as read."""
    repair: str | Iterable[str]
    """URLs of the file, to fetch from where it is damaged; what is right of it stays."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document that has to be fetched first."""

    url: Url
    beside: DownloadRequest
    """Whom the secrets that were given belong to."""
    most: int
    """Bytes that it may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A file that was looked at."""

    path: str
    expected: Expected
    size: int
    """Bytes that it has."""
    damage: Damage | None
    """None where it is as expected."""

    def verified(self, download: DownloadResult | None = None) -> VerifiedFile:
        """Return what to tell of it; `download` is what repaired it."""
        pieces = self.expected.pieces
        return VerifiedFile(
            path=Path(self.path),
            size=self.size if download is None else download.size,
            checksums=self.expected.checksums,
            pieces=0 if pieces is None else len(pieces),
            bad=() if self.damage is None else self.damage.bad,
            download=download,
        )


class Check:
    """One file that is to be looked at, and perhaps repaired."""

    def __init__(self, path: str | Path, settings: Settings, words: VerifyKeywords) -> None:
        """Take the words; raises UsageError for those that cannot be."""
        for name in words.keys() - VerifyKeywords.__annotations__.keys():
            raise TypeError(f"verify() got an unexpected keyword argument {name!r}")
        self.path = os.fspath(path)
        self._checksums = checksums_of(words.get("checksum"))
        self._hash_file, self._metalink = words.get("hash_file"), words.get("metalink")
        given = words.get("repair", ())
        self._sources = (given,) if isinstance(given, str) else tuple(given)
        if not self._checksums and self._hash_file is None and self._metalink is None:
            raise UsageError("verify it against what? give a hash, a hash file that lists it, or a Metalink")
        if self._sources and self.path == STANDARD_INPUT:
            raise UsageError("standard input cannot be repaired; name a file")
        self._owner = self._owner_of(settings, words)
        self._wanted = {name: self._document(place, most) for name, place, most in self._addresses()}

    @property
    def wanted(self) -> list[Wanted]:
        """What has to be fetched before the file is looked at."""
        return list(self._wanted.values())

    def examine(self, documents: Mapping[Url, Document]) -> Examined:
        """Read the file; `documents` are those that were wanted, by their URLs. Blocks on the disk.

        Raises StorageError where it cannot be read, UsageError where list or Metalink do not tell of it.
        """
        expected = self._expected(documents)
        examination = Examination(expected)
        read_into(self.path, examination.update)
        return Examined(path=self.path, expected=expected, size=examination.size, damage=examination.damage(self.path))

    def repair_of(self, examined: Examined) -> DownloadRequest:
        """Return the download that repairs a damaged file; raises what is wrong where that is not wished, or vain."""
        damage, expected = examined.damage, examined.expected
        assert damage is not None
        if not self._sources or damage.contradictory:
            raise damage.error
        assert self._owner is not None
        return replace(
            self._owner,
            checksums=expected.checksums,
            size=expected.size,
            pieces=expected.pieces,
            salvage=damage.good,
        )

    def _owner_of(self, settings: Settings, words: VerifyKeywords) -> DownloadRequest | None:
        """Return the request that secrets belong to: the one that repairs, else the first one; None without any."""
        http = {name: value for name, value in words.items() if name in HttpKeywords.__annotations__}
        if self._sources:
            # The file itself: replacing a link to it would leave the damaged one where it is.
            target = Path(os.path.realpath(self.path))
            more: Wishes = {
                "directory": target.parent,
                "output": target.name,
                "on_exists": OnExists.OVERWRITE,
                "mirrors": self._sources[1:],
            }
            request = request_for(self._sources[0], settings, cast(Wishes, {**http, **more}))
            if not request.http.ranged:
                raise UsageError(f"what answers a {request.http.method} comes in one stream, and repairs nothing")
            return request
        first = next((str(place) for _, place, _ in self._addresses()), None)
        return None if first is None else request_for(first, settings, cast(Wishes, http))

    def _addresses(self) -> Iterable[tuple[str, str, int]]:
        """Yield what is named by a URL: what it is, the URL, and how large it may be."""
        if isinstance(self._hash_file, str) and is_address(self._hash_file):
            yield "hash file", self._hash_file, LONGEST
        if isinstance(self._metalink, str) and is_address(self._metalink):
            from rheo.domain.metalink.document import MOST_BYTES  # noqa: PLC0415  (loaded where somebody has one)

            yield "Metalink", self._metalink, MOST_BYTES

    def _document(self, place: str, most: int) -> Wanted:
        url = parse_url(place)
        assert self._owner is not None
        if url.credentials is not None and url.public != self._owner.url:
            raise UsageError(f"{url.bare} has a login in its URL; only the first URL may have one")
        return Wanted(url.public, self._owner, most)

    def _expected(self, documents: Mapping[Url, Document]) -> Expected:
        checksums = [*self._checksums, *self._listed(documents)]
        if self._metalink is None:
            return Expected(checksums=tuple(checksums))
        metalink = self._read_metalink(documents)
        file = file_of(metalink, self.path)
        if not file.hashes and file.pieces is None and not checksums:
            raise InvalidMetalinkError(f"{metalink.place} has no hash of {printable(file.name)} that rheo can compute")
        return Expected(checksums=(*checksums, *file.hashes[:1]), size=file.size, pieces=file.pieces)

    def _listed(self, documents: Mapping[Url, Document]) -> tuple[Checksum, ...]:
        if self._hash_file is None:
            return ()
        listed = self._read_list(documents)
        names = (Path(self.path).name,)
        found = listed.checksums_of(names)
        if not found:
            raise not_listed(listed, names, cure="; a list has it under its name, to the letter")
        return found

    def _read_list(self, documents: Mapping[Url, Document]) -> ChecksumList:
        wanted = self._wanted.get("hash file")
        if wanted is not None:
            return parse_checksum_list(documents[wanted.url].data, source=wanted.url.bare)
        assert self._hash_file is not None
        return read_checksum_list(Path(self._hash_file).expanduser())

    def _read_metalink(self, documents: Mapping[Url, Document]) -> Metalink:
        from rheo.domain.metalink.parsing import parse_metalink  # noqa: PLC0415  (loaded where somebody has one)
        from rheo.wishes.metalink import read_metalink  # noqa: PLC0415

        wanted = self._wanted.get("Metalink")
        if wanted is not None:
            found = documents[wanted.url]
            return parse_metalink(found.data, place=wanted.url.bare, base=found.url)
        if isinstance(self._metalink, str | Path | bytes):
            return read_metalink(self._metalink)
        assert self._metalink is not None
        return self._metalink


def file_of(metalink: Metalink, path: str) -> MetalinkFile:
    """Return the entry of a file on the disk: the only one, else that of its name, else that of its folders, too.

    Raises InvalidMetalinkError where there is none, or more than one.
    """
    if len(metalink.files) == 1:
        return metalink.files[0]
    name, whole = Path(path).name, str(Path(path).absolute())
    found = [file for file in metalink.files if basename(file.name) == name]
    if len(found) > 1:
        found = [file for file in found if whole.endswith(f"/{file.name}")] or found
    if len(found) == 1:
        return found[0]
    if not found:
        raise InvalidMetalinkError(f"{metalink.place} does not list {printable(name)}; it has it under its name")
    listed = " and ".join(printable(file.name) for file in found[:2])
    raise InvalidMetalinkError(
        f"{metalink.place} lists {printable(name)} more than once: {listed}; give the path with its folder"
    )
