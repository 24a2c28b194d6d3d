"""From what a caller says to what the manager is asked: one download's options as a request."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import TypeVar

from rheo.domain.checksum import Checksum, parse_checksum
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import UsageError
from rheo.domain.settings import NameFrom, OnExists, RestrictFilenames, Settings
from rheo.domain.url import parse_url
from rheo.engine.retry import RetryPolicy, retry_rules
from rheo.wishes.http import HttpKeywords, http_wishes, logged_in

Choice = TypeVar("Choice", bound=Enum)
Checksums = str | Checksum | Iterable[str | Checksum] | None


class Wishes(HttpKeywords, total=False):
    """What may be said of one download; what is left out is as the manager's settings say."""

    directory: str | Path
    """The folder that the file goes to; created when missing."""
    output: str | None
    """The file's path, relative to `directory`; `-` is standard output."""
    checksum: Checksums
    """One or more of `sha256:HEX` and the like; all must match."""
    priority: int
    """Higher starts first; 0 is usual."""
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
    output, part = wishes.get("output"), wishes.get("resume_from")
    if output is not None and part is not None:
        raise UsageError("the part to resume from and the output both say where the file goes; leave the output out")
    http = http_wishes(wishes)
    if part is not None and not http.ranged:
        raise UsageError(f"what answers a {http.method} comes in one stream; leave out the part to resume from")
    directory = Path(wishes.get("directory", settings.directory)).expanduser().absolute()
    checksums = _checksums(wishes.get("checksum"))
    priority = int(wishes.get("priority", 0))
    on_exists = _chosen(OnExists, "on_exists", wishes.get("on_exists", settings.on_exists))
    name_from = _chosen(NameFrom, "name_from", wishes.get("name_from", settings.name_from))
    restriction = _restriction(wishes.get("restrict_filenames", settings.restrict_filenames))
    resume_from = _resume_from(part)
    return [
        DownloadRequest(
            url=url.public,
            directory=directory,
            output=output,
            checksums=checksums,
            priority=priority,
            on_exists=on_exists,
            name_from=name_from,
            restrict_filenames=restriction,
            resume_from=resume_from,
            http=logged_in(http, url, settings, wishes.get("auth")),
        )
        for url in parsed
    ]


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
    )


def _checksums(given: Checksums) -> tuple[Checksum, ...]:
    if given is None:
        return ()
    several = (given,) if isinstance(given, (str, Checksum)) else given
    return tuple(one if isinstance(one, Checksum) else parse_checksum(one) for one in several)


def _resume_from(given: str | Path | None) -> Path | None:
    if given is None:
        return None
    part = Path(given).expanduser().absolute()
    if not part.is_file():
        raise UsageError(f"there is no part file {part} to go on with")
    return part


def _chosen(kind: type[Choice], setting: str, given: Choice | str) -> Choice:
    try:
        return kind(given)
    except ValueError:
        allowed = ", ".join(choice.value for choice in kind)
        raise UsageError(f"{setting} = {given}: must be one of {allowed}") from None


def _restriction(given: RestrictFilenames | str | None) -> RestrictFilenames | None:
    return None if given is None else _chosen(RestrictFilenames, "restrict_filenames", given)
