"""Which downloads a Metalink stands for. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final, cast

from rheo.domain.download import DownloadRequest, Follow
from rheo.domain.errors import InvalidMetalinkError, UsageError
from rheo.domain.http_wishes import HttpWishes
from rheo.domain.metalink.document import shown
from rheo.domain.metalink.selection import selected
from rheo.domain.metalink.values import Metalink, MetalinkFile
from rheo.domain.promise import Promise, Trust
from rheo.domain.safe_names import safe_name
from rheo.domain.settings import RestrictFilenames
from rheo.domain.url import Url, parse_url
from rheo.engine.sources.mirrors import request_to

OF_ONE_FILE: Final = ("output", "checksum", "size", "pieces", "mirrors", "resume_from")
"""Wishes that cannot be those of several files."""

_SEPARATOR: Final = re.compile(r"[/\\]")


def wanted_of(
    metalink: Metalink, request: DownloadRequest, found: Url, *, allow_downgrade: bool
) -> tuple[MetalinkFile, ...]:
    """Return the files that a request wants of a Metalink, which was found at `found`.

    `allow_downgrade`: whether https may lead to plain http, as for redirects; where a strong hash proves the file, it
    may anyway. Raises UsageError for a selection without files.
    """
    files = selected(metalink, request.select)
    encrypted = found.scheme == "https" and not allow_downgrade
    return tuple(_without_plain(file) if encrypted and not Promise(file.hashes[:1]).strong else file for file in files)


def requests_of(
    files: Sequence[MetalinkFile], place: str, request: DownloadRequest, found: Url
) -> tuple[DownloadRequest, ...]:
    """Return what is asked for where a request's URL led to a Metalink at `found`, which messages call `place`.

    Raises InvalidMetalinkError for a file that nothing can be fetched from, and UsageError for a wish that so many
    files cannot have.
    """
    check_wishes(_of_one_file(request), count=len(files))
    requests = tuple(_request(file, place, request, found) for file in files)
    if len(files) > 1 and request.recorded is not None:
        # A row tells of one file: with the first one there, it would say that all are; and each has a path of its own.
        for one in requests:
            one.record(request.recorded._replace(row=one.claimant, told=False))
    return requests


def check_wishes(given: Collection[str], *, count: int) -> None:
    """Raise UsageError where one of the wishes that were given cannot be that of so many files."""
    for name in OF_ONE_FILE:
        if count > 1 and name in given:
            raise UsageError(f"{name} is of one file, but the Metalink has {count}; select one of them")


def check_sources(file: MetalinkFile, place: str) -> None:
    """Raise InvalidMetalinkError for a file that cannot be fetched from anywhere."""
    if not file.sources:
        reasons = "; ".join(file.notes) or "it names none"
        raise InvalidMetalinkError(f"{place}: <file> {shown(file.name)} has no source that can be fetched: {reasons}")


def safe_path(file: MetalinkFile, place: str, restrict: RestrictFilenames | None) -> str:
    """Return the name with every folder in it made safe, as one is that a server gives (invariant 9)."""
    parts = [safe_name(part, restrict) for part in _SEPARATOR.split(file.name)]
    if None in parts:
        raise InvalidMetalinkError(f"{place}: the name of <file> {shown(file.name)} has a part that cannot be one")
    return "/".join(cast(list[str], parts))


def _without_plain(file: MetalinkFile) -> MetalinkFile:
    """Return a file without its sources over plain http: on the way from there anybody could change it."""
    kept = tuple(source for source in file.sources if not source.url.startswith("http:"))
    dropped = len(file.sources) - len(kept)
    if not dropped:
        return file
    plural = "s" if dropped > 1 else ""
    note = f"{shown(file.name)}: {dropped} source{plural} left out: plain http, and no strong hash proves the file"
    return replace(file, sources=kept, notes=(*file.notes, note))


def _of_one_file(request: DownloadRequest) -> set[str]:
    given = {
        "checksum": request.checksums,
        **{name: getattr(request, name) for name in OF_ONE_FILE if name != "checksum"},
    }
    return {name for name, value in given.items() if value}


def _request(file: MetalinkFile, place: str, request: DownloadRequest, found: Url) -> DownloadRequest:
    """Return the request for one file: the caller's word goes before the document's, both checksums must match."""
    check_sources(file, place)
    best, *others = (parse_url(source.url) for source in file.sources)
    checksums = file.hashes[:1]  # the strongest: whoever can forge that one can forge all
    output = request.output
    if output is None and request.resume_from is None:  # a part says where the file goes
        output = safe_path(file, place, request.restrict_filenames)
    return replace(
        request,
        url=best,
        mirrors=tuple(dict.fromkeys(mirror for mirror in (*others, *request.mirrors) if mirror != best)),
        output=output,
        checksums=(*checksums, *request.checksums),
        trust=Trust.GIVEN if request.checksums else _trust(request.url, found, [best, *others]),
        size=file.size if request.size is None else request.size,
        pieces=request.pieces or file.pieces,
        http=_http(request, best, found),
        follow=Follow.NEVER,
        select=(),
    )


def _trust(given: Url, found: Url, sources: Sequence[Url]) -> Trust:
    """Return whose word the hashes are: one's own only where nobody between, and no source, could have changed them."""
    encrypted = given.scheme == found.scheme == "https"
    apart = {given.host, found.host}.isdisjoint(source.host for source in sources)
    return Trust.GIVEN if encrypted and apart else Trust.SAME_SERVER


def _http(request: DownloadRequest, best: Url, found: Url) -> HttpWishes:
    """Return what goes to a source: secrets only where their own origin tells of itself (invariant 8)."""
    if found.origin != request.url.origin:  # a stranger must not say where on that origin they are shown
        return HttpWishes(public_headers=request.http.public_headers, proxy=request.http.proxy)
    return request_to(request, best).http
