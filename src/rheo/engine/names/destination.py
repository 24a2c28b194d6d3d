"""Where a download's file goes, and what to do about a file that is there already.

Paths are text here and below: a `Path` costs more than the system call that it is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from os.path import basename, isdir, isfile, join, lexists

from rheo.domain.download import STANDARD_OUTPUT, DownloadRequest
from rheo.domain.errors import DestinationExistsError
from rheo.domain.naming import NameSource
from rheo.domain.safe_names import numbered
from rheo.domain.settings import NameFrom, OnExists
from rheo.domain.url import Url
from rheo.engine.names.filename import name_and_source, possible_names
from rheo.storage.parts.finding import target_of
from rheo.storage.publishing import numbered_path
from rheo.transport.base import Head


def expected_path(request: DownloadRequest) -> str | None:
    """Return the path that wish and URL suggest before anything is asked; None for standard output."""
    if request.output == STANDARD_OUTPUT:
        return None
    if request.resume_from is not None:
        return target_of(str(request.resume_from))
    return join(request.directory, request.output or _suggested_name(request))


def possible_paths(request: DownloadRequest) -> Iterator[str]:
    """Yield the expected path, then the others that it may become once the file's type is known."""
    expected = expected_path(request)
    if expected is None:
        return
    if request.output is not None or request.resume_from is not None:
        yield expected
        return
    yield from (join(request.directory, name) for name in possible_names(_suggested_name(request)))


def path_for(request: DownloadRequest, head: Head, *, final: Url) -> str | None:
    """Return where the file is to go, as the wish says it, else those who may; None for standard output.

    `final` is the URL that this head answers: the last redirect's, if there was one.
    """
    if request.output == STANDARD_OUTPUT:
        return None
    if request.resume_from is not None:
        return target_of(str(request.resume_from))
    return join(request.directory, request.output or name_for(request, head, final=final)[0])


def name_at(path: str | None) -> str:
    """Return what the file at a path is called; that of standard output is `-`."""
    return STANDARD_OUTPUT if path is None else basename(path)


def name_for(request: DownloadRequest, head: Head, *, final: Url) -> tuple[str, NameSource]:
    """Return what an answer's file is called where the wish does not say it, and who chose that."""
    fields, who = head.fields, request.name_from
    return name_and_source(
        disposition=None if who is NameFrom.URL else fields.get("content-disposition"),
        url=request.url,
        redirected=final if who is NameFrom.REDIRECT else None,
        content_type=fields.get("content-type"),
        restrict=request.restrict_filenames,
    )


def _suggested_name(request: DownloadRequest) -> str:
    restrict = request.restrict_filenames
    return name_and_source(disposition=None, url=request.url, content_type=None, restrict=restrict)[0]


def free_path(path: str, on_exists: OnExists) -> str | None:
    """Return the path to publish under, None to leave the existing file and be done; only looks, takes nothing.

    Raises DestinationExistsError where that was the wish, and where what is there is no file to be left or replaced.
    """
    if not lexists(path):
        return path
    if on_exists is OnExists.SKIP:
        if not isfile(path):
            raise DestinationExistsError(f"{path} is there and is no file: nothing that could be left as the download")
        return None
    if on_exists is OnExists.ERROR:
        raise DestinationExistsError(f"{path} exists already; on_exists says to stop then")
    if on_exists.replaces:
        if isdir(path):
            raise DestinationExistsError(f"{path} is a folder and is not overwritten")
        return path
    return numbered_path(path, numbered)
