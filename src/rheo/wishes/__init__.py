"""From what a caller says to what the manager is asked: one download's options as a request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from enum import Enum
from functools import partial
from os import fsencode
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypedDict, TypeVar

from rheo.domain.checksum import Checksum, parse_checksum
from rheo.domain.download import STANDARD_OUTPUT, DownloadRequest, Follow
from rheo.domain.errors import InvalidDestinationError, UsageError
from rheo.domain.http_wishes import HttpWishes
from rheo.domain.listed import listed_names, not_listed
from rheo.domain.settings import NameFrom, OnExists, RestrictFilenames, Settings
from rheo.domain.strategy import MirrorStrategy, Strategy, strategy_named
from rheo.domain.text import printable
from rheo.domain.url import Url, parse_url
from rheo.engine.retries.retry import RetryPolicy, retry_rules
from rheo.wishes.http import HttpKeywords, http_wishes, logged_in
from rheo.wishes.limits import Rate, limit_from
from rheo.wishes.links import Refresh, refresher_from

if TYPE_CHECKING:
    from rheo.domain.checksum_list import ChecksumList  # loaded where somebody has one
    from rheo.domain.pieces import Pieces  # loaded where a Metalink has them

Choice = TypeVar("Choice", bound=Enum)
Checksums = str | Checksum | Iterable[str | Checksum] | None


class FileKeywords(TypedDict, total=False):
    """What may be said of one file, where it comes from and what it must be."""

    mirrors: Iterable[str]
    """Further URLs of the same file, the best one first; they see no secret of another origin."""
    strategy: Strategy | MirrorStrategy | str
    """Which of them gets the next connection: `fastest`, `in-order`, `random`, or your own."""
    size: int | None
    """Bytes that the file must have."""
    pieces: Pieces | None
    """Digests of its parts, as a Metalink has them: what is damaged is fetched again, and nothing else."""
    deadline: datetime | str | None
    """When the file is wanted at the latest: an aware time, a naive one of the machine's wall clock, or a text such as
    `18:00`, `tomorrow 18:00`, `2026-11-30 18:00`, `+2h`.
    """
    refresh: Refresh | None
    """Is asked for a new URL, or URL and headers, where this one has expired; None finds none. A coroutine function
    runs on the caller's loop, any other function on a thread. Left out: as `refresh_command` says.
    """


class Wishes(FileKeywords, HttpKeywords, total=False):
    """What may be said of one download; what is left out is as the manager's settings say."""

    directory: str | Path
    """The folder that the file goes to; created when missing."""
    output: str | None
    """The file's path, relative to `directory`; `-` is standard output."""
    checksum: Checksums
    """One or more of `sha256:HEX` and the like; all must match."""
    hash_file: str | Path | None
    """A list of checksums, as `sha256sum` writes them: a path, or a URL, of which no login is shown to another origin.

    It must have the file under the name of its URL, or of `output`.
    """
    priority: int
    """Higher starts first, and gets more where a limit is shared; 0 is usual."""
    limit_rate: Rate
    """Bytes per second that it alone may take, whatever each may; left out: as `limit_rate_per_download` says."""
    on_exists: OnExists | str
    name_from: NameFrom | str
    restrict_filenames: RestrictFilenames | str | None
    resume_from: str | Path | None
    """A part file that came from another URL, and is gone on with if it proves to be of the same file.

    It says where the file goes, so that `output` must be left out.
    """


def request_for(url: str, settings: Settings, wishes: Wishes) -> DownloadRequest:
    """Return the request, or raise the UsageError that says what is wrong with it."""
    return requests_for([url], settings, wishes)[0]


def requests_for(urls: Iterable[str], settings: Settings, wishes: Wishes) -> list[DownloadRequest]:
    """Return a request for each URL, or raise likewise; the wishes are looked at once, and shared by all."""
    for name in wishes.keys() - Wishes.__annotations__.keys():
        raise TypeError(f"add() got an unexpected keyword argument {name!r}")
    parsed = [parse_url(url) for url in urls]
    ask = asker(settings, wishes)
    return [ask(url) for url in parsed]


class Asker(Protocol):
    """Makes a request for a URL, as wishes and settings are; raises the UsageError that says what is wrong with it."""

    def __call__(self, url: Url, *, directory: Path | None = None, output: str | None = None) -> DownloadRequest:
        """`directory`, an absolute one, and `output` are those of this file alone; None: as the wishes say."""


def asker(settings: Settings, wishes: Wishes) -> Asker:
    """Return what makes requests that share these wishes, which are looked at once; raises UsageError for them."""
    name, part = wishes.get("output"), wishes.get("resume_from")
    if name is not None and part is not None:
        raise UsageError("the part to resume from and the output both say where the file goes; leave the output out")
    http = http_wishes(wishes)
    if part is not None and not http.ranged:
        raise UsageError(f"what answers a {http.method} comes in one stream; leave out the part to resume from")
    folder = Path(wishes.get("directory", settings.directory)).expanduser().absolute()
    _check_path(f"{folder}/{name or ''}")
    mirrors = wishes.get("mirrors", ())
    auth, refresh = wishes.get("auth"), wishes.get("refresh")
    common = partial(
        DownloadRequest,
        strategy=_strategy(wishes.get("strategy", settings.mirror_strategy)),
        checksums=checksums_of(wishes.get("checksum")),
        hash_file=_hash_file(wishes.get("hash_file")),
        size=wishes.get("size"),
        pieces=wishes.get("pieces"),
        priority=int(wishes.get("priority", 0)),
        deadline=_deadline(wishes.get("deadline")),
        limit_rate=limit_from(wishes["limit_rate"]) if "limit_rate" in wishes else None,
        on_exists=chosen(OnExists, "on_exists", wishes.get("on_exists", settings.on_exists)),
        name_from=chosen(NameFrom, "name_from", wishes.get("name_from", settings.name_from)),
        restrict_filenames=restriction_of(wishes.get("restrict_filenames", settings.restrict_filenames)),
        resume_from=_resume_from(part),
    )

    def request(url: Url, *, directory: Path | None = None, output: str | None = None) -> DownloadRequest:
        if directory is not None:
            _check_path(f"{directory}/{output or ''}")
        return _listed(
            common(
                url=url.public,
                mirrors=_mirrors(url, http, mirrors),
                directory=directory or folder,
                output=output or name,
                http=logged_in(http, url, settings, auth),
                refresher=refresher_from(refresh, settings.for_host(url.host).refresh_command),
                follow=_follow(http, url, settings),
            )
        )

    return request


def _check_path(path: str) -> None:
    """Raise InvalidDestinationError for what no system takes as a path; lists and programs can write such."""
    try:
        wrong = b"\0" in fsencode(path)
    except UnicodeEncodeError:
        wrong = True
    if wrong:
        raise InvalidDestinationError(f"{printable(path)} cannot be a path: a character in it has no place in one")


def _follow(http: HttpWishes, url: Url, settings: Settings) -> Follow:
    """Return when the files are fetched that are listed at a URL: never where what comes is the answer to data."""
    return Follow.TOLD if http.ranged and settings.for_host(url.host).follow_metalink else Follow.NEVER


def checksums_of(given: Checksums) -> tuple[Checksum, ...]:
    """Return what was given in any of its forms as checksums; raises InvalidChecksumError."""
    if given is None:
        return ()
    several = (given,) if isinstance(given, (str, Checksum)) else given
    return tuple(one if isinstance(one, Checksum) else parse_checksum(one) for one in several)


def restriction_of(given: RestrictFilenames | str | None) -> RestrictFilenames | None:
    """Return what else a chosen name must not have; raises UsageError for another word."""
    return None if given is None else chosen(RestrictFilenames, "restrict_filenames", given)


def is_address(place: str) -> bool:
    """Whether a place is a URL, and no path."""
    return place.lower().startswith(("http://", "https://"))


def policy_for(settings: Settings, *, patient: bool) -> RetryPolicy:
    """Return the retry policy that the settings describe."""
    statuses, errors = retry_rules(settings.retry_on)
    return RetryPolicy(
        attempts=settings.retry,
        max_time=settings.retry_max_time,
        statuses=statuses,
        errors=errors,
        patient=patient,
        waits_for_room=patient,
        waits_for_url=patient,
    )


def _mirrors(url: Url, http: HttpWishes, given: Iterable[str]) -> tuple[Url, ...]:
    """Return the mirrors, each once; raises UsageError for one with a login, which no mirror is to see."""
    if isinstance(given, str):
        raise UsageError("mirrors must be several URLs, not one text; write mirrors=[...]")
    parsed = [parse_url(text) for text in given]
    if parsed and not http.ranged:
        raise UsageError(f"what answers a {http.method} comes from one server; leave the mirrors out")
    for mirror in parsed:
        if mirror.credentials is not None:
            raise UsageError(f"the mirror {mirror.bare} has a login in its URL; only the first URL may have one")
    return tuple(dict.fromkeys(mirror for mirror in parsed if mirror != url.public))


def _strategy(given: Strategy | MirrorStrategy | str) -> Strategy:
    if isinstance(given, str | MirrorStrategy):
        return strategy_named(chosen(MirrorStrategy, "mirror_strategy", given))
    return given


def _deadline(given: datetime | str | None) -> datetime | None:
    if given is None:
        return None
    from rheo.wishes.deadline import deadline_from  # noqa: PLC0415  (few have one)

    return deadline_from(given)


def _hash_file(given: str | Path | None) -> ChecksumList | Url | None:
    """Return what a list on the disk tells, or where one is to be fetched."""
    if given is None:
        return None
    if isinstance(given, str) and is_address(given):
        url = parse_url(given)
        if url.credentials is not None:
            raise UsageError(f"the hash file {url.bare} has a login in its URL; only the first URL may have one")
        return url
    from rheo.storage.given.checksum_file import read_checksum_list  # noqa: PLC0415  (few have one)

    return read_checksum_list(Path(given).expanduser())


def _listed(request: DownloadRequest) -> DownloadRequest:
    """Return the request with the checksums that its list has, as soon as the file's name says which those are."""
    listed = request.hash_file
    if listed is None or isinstance(listed, Url):
        return request
    names = listed_names(request)
    checksums = listed.checksums_of(names)
    if checksums:
        return replace(request, checksums=(*request.checksums, *checksums), hash_file=None)
    if request.output not in {None, STANDARD_OUTPUT}:
        raise not_listed(listed, names)
    return request  # a redirect may lead to a name that is listed


def _resume_from(given: str | Path | None) -> Path | None:
    if given is None:
        return None
    part = Path(given).expanduser().absolute()
    if not part.is_file():
        raise UsageError(f"there is no part file {part} to go on with")
    return part


def chosen(kind: type[Choice], setting: str, given: Choice | str) -> Choice:
    """Return one of the choices by itself or its word; raises UsageError for another word."""
    try:
        return kind(given)
    except ValueError:
        allowed = ", ".join(choice.value for choice in kind)
        raise UsageError(f"{setting} = {given}: must be one of {allowed}") from None
