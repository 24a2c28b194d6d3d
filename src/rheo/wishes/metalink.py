"""From a Metalink to what the manager is asked: a URL and wishes for each of its files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from logging import getLogger
from pathlib import Path
from typing import Final, cast

from rheo.domain.download import DownloadRequest, Follow
from rheo.domain.errors import BadLineError, UsageError
from rheo.domain.metalink.parsing import parse_metalink
from rheo.domain.metalink.selection import selected
from rheo.domain.metalink.values import Metalink, MetalinkFile
from rheo.domain.settings import RestrictFilenames, Settings
from rheo.domain.text import printable
from rheo.engine.metalinks.requests import check_sources, check_wishes, safe_path
from rheo.storage.given.metalink_file import read_document
from rheo.wishes import Wishes, checksums_of, request_for, restriction_of

logger = getLogger(__name__)

Select = str | Iterable[str]
"""Names, patterns such as `*.iso`, numbers such as `1,3-5`; nothing is everything."""

UNNAMED: Final = "the Metalink"
"""What one is called that has neither path nor URL."""

_OF_ONE_ORIGIN: Final = {
    "headers": "headers belong",
    "cookies": "cookies belong",
    "login": "a login belongs",
    "certificate": "a client certificate belongs",
    "data": "data belongs",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One file of a Metalink, as the manager can be asked for it."""

    url: str
    """The best source."""
    wishes: Wishes
    """Its mirrors, size, checksum, pieces, and its name as the output, made safe."""
    notes: tuple[str, ...]
    """What was left out, and why: a sentence each."""


def read_metalink(source: str | Path | bytes) -> Metalink:
    """Return what a Metalink says, from the file at a path or from its bytes; version 4 (RFC 5854) or 3.

    Raises InvalidMetalinkError, which names the file and the line.
    """
    if isinstance(source, bytes):
        return parse_metalink(source, place=UNNAMED)
    path = Path(source).expanduser()
    return parse_metalink(read_document(path), place=printable(str(path)))


def listing_request(url: str, select: Select, settings: Settings, given: Wishes) -> DownloadRequest:
    """Return the request for the files that the Metalink at a URL lists; raises UsageError."""
    request = request_for(url, settings, given)
    if not request.http.ranged:
        raise UsageError(f"a Metalink is no answer to a {request.http.method}; leave that out")
    return replace(request, follow=Follow.ALWAYS, select=_words(select))


def asked_for(metalink: Metalink, *, select: Select = (), restrict: RestrictFilenames | None = None) -> list[Asked]:
    """Return the wanted files; `restrict` is what else their names must not have.

    Raises InvalidMetalinkError for one that nothing can be fetched from, UsageError for a selection without files.
    """
    return [_asked(file, metalink.place, restrict) for file in selected(metalink, _words(select))]


def read_requests(
    metalink: Metalink | str | Path | bytes, select: Select, settings: Settings, given: Wishes
) -> list[DownloadRequest]:
    """Return a request for each wanted file, and log what was left out."""
    read = metalink if isinstance(metalink, Metalink) else read_metalink(metalink)
    asked = asked_for(
        read, select=select, restrict=restriction_of(given.get("restrict_filenames", settings.restrict_filenames))
    )
    requests = requests_of(asked, settings, given)
    log(read.place, [note for one in asked for note in one.notes])
    return requests


def each_request(metalink: Metalink, settings: Settings, given: Wishes) -> Iterator[DownloadRequest | BadLineError]:
    """Return a request for each file, or what is wrong with it, where one keeps none of the others back.

    Raises UsageError for a wish that none of them can have.
    """
    _check(given, count=len(metalink.files))
    restrict = restriction_of(given.get("restrict_filenames", settings.restrict_filenames))
    return (_request(file, metalink.place, restrict, settings, given) for file in metalink.files)


def log(place: str, notes: Iterable[str]) -> None:
    """Tell those who listen what was left out."""
    for note in notes:
        logger.info("%s: %s", place, note)


def requests_of(asked: Sequence[Asked], settings: Settings, given: Wishes) -> list[DownloadRequest]:
    """Return a request for each file, with what the caller wishes besides; raises UsageError."""
    _check(given, count=len(asked))
    requests = (request_for(one.url, settings, _combined(one.wishes, given)) for one in asked)
    return [replace(request, follow=Follow.NEVER) for request in requests]  # what is listed is a file, whatever it is


def _request(
    file: MetalinkFile, place: str, restrict: RestrictFilenames | None, settings: Settings, given: Wishes
) -> DownloadRequest | BadLineError:
    try:
        return requests_of([_asked(file, place, restrict)], settings, given)[0]
    except UsageError as error:
        return BadLineError(error.message.removeprefix(f"{place}: "))


def _words(select: Select) -> tuple[str, ...]:
    return (select,) if isinstance(select, str) else tuple(select)


def _asked(file: MetalinkFile, place: str, restrict: RestrictFilenames | None) -> Asked:
    check_sources(file, place)
    best, *others = file.sources
    wishes: Wishes = {
        "output": safe_path(file, place, restrict),
        "mirrors": [source.url for source in others],
        "checksum": file.hashes[:1],  # the strongest: whoever can forge that one can forge all
        "size": file.size,
        "pieces": file.pieces,
    }
    return Asked(url=best.url, wishes=wishes, notes=file.notes)


def _check(given: Wishes, *, count: int) -> None:
    """Raise UsageError for a wish that cannot be one of so many files, or of a document's sources."""
    check_wishes([name for name, value in given.items() if value], count=count)
    for name, belong in _OF_ONE_ORIGIN.items():
        if given.get(name):
            raise UsageError(
                f"{belong} to one origin, but a Metalink itself says where its files come from: leave that out; "
                "public headers go anywhere, and a netrc has a login for each host"
            )


def _combined(own: Wishes, given: Wishes) -> Wishes:
    """Return the wishes for a file: the caller's word goes before the document's, and both checksums must match."""
    said = {name: value for name, value in given.items() if value is not None}
    wishes = cast(Wishes, {**own, **said})
    wishes["checksum"] = [*checksums_of(own.get("checksum")), *checksums_of(given.get("checksum"))]
    mirrors = given.get("mirrors", ())
    wishes["mirrors"] = mirrors if isinstance(mirrors, str) else [*own.get("mirrors", ()), *mirrors]
    if "resume_from" in said and "output" not in said:
        wishes["output"] = None  # the part says where the file goes
    return wishes
