"""Whether the file that is there is as the server has it: asked by a condition, or told by an answer's head.

A server that heeds no conditions sends the file; its head then tells the same, before any byte of it is taken.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rheo.domain.download import DownloadRequest
from rheo.domain.resource import Resource
from rheo.domain.result import DownloadResult
from rheo.domain.settings import LEAVING, OnExists
from rheo.engine.existing import is_mere_guess, kept, recognised_at
from rheo.engine.names.destination import expected_path
from rheo.engine.names.owners import Owners
from rheo.engine.promises.assurance import Assurance
from rheo.transport.headers import http_date, parse_http_date

if TYPE_CHECKING:
    from rheo.domain.batch.held import Held  # loaded where there is a ledger


class Present:
    """The file that has the name already, if any, and what makes it the one that is asked for."""

    def __init__(self, request: DownloadRequest, assurance: Assurance, owners: Owners) -> None:
        self._request = request
        self._assurance = assurance
        self._owners = owners
        self._others: dict[str, bool] = {}
        """Of paths with a file: whether it is another download's."""
        self.doubtful: Path | None = None
        """Where it is, if an answer announces a digest that it may have: then it is read."""
        self._differs = False
        """Whether it was read, and has another one."""

    async def condition(self) -> tuple[str, str] | None:
        """Return the header that asks for nothing where this is what the server has; None where the file is wanted.

        An entity-tag says it exactly, else Last-Modified as it was sent, else the time of the file (RFC 9110, 13.1).
        What is there and has not what was promised is no version to keep. Only for who may leave what is there.
        """
        request = self._request
        if is_mere_guess(request):
            return None
        expected = expected_path(request)
        found = _file_at(expected)
        if expected is None or found is None or await self._whose(expected):
            return None
        if request.on_exists is not OnExists.NEWER or not request.http.ranged or self._assurance.promise:
            return None
        if request.held is not None and request.held.etag is not None:
            return "If-None-Match", request.held.etag
        sent = None if request.held is None else request.held.modified
        since = sent or http_date(found.st_mtime)
        return None if since is None else ("If-Modified-Since", since)

    def unchanged(self) -> DownloadResult | None:
        """Return the result where the server says that this is what it has; None where it is gone meanwhile."""
        expected = expected_path(self._request)
        if expected is None or _file_at(expected) is None:
            return None
        return kept(self._request, Path(expected), unchanged=True)

    def judge(self, path: str, resource: Resource, hear: Callable[[], None], *, own: bool) -> DownloadResult | None:
        """Return the result where an answer's head tells that this is what the server has; or know it to be doubtful.

        `hear` has what the head announces become known. Who is not the URL's `own` server has versions of its own.
        """
        wish = self._request.on_exists
        if wish not in LEAVING or wish is OnExists.SKIP or self._differs:
            return None
        found = _file_at(path)
        if found is None or self.belongs_to_another(path) or resource.size not in {None, found.st_size}:
            return None
        if wish is OnExists.SAME_HASH:
            hear()
            self.doubtful = Path(path) if self._assurance.promise else None
            return None
        held = self._request.held if own else None
        same = resource.size is not None if wish is OnExists.SAME_SIZE else _is_current(found, resource, held)
        return kept(self._request, Path(path), unchanged=wish is OnExists.NEWER) if same else None

    def belongs_to_another(self, path: str) -> bool:
        """Whether the file at a path is another download's; where not, it is this one's from now on."""
        if path not in self._others:
            self._others[path] = self._owners.is_anothers_now(self._request, path)
        return self._others[path]

    async def read(self, path: Path) -> DownloadResult | None:
        """Return the result where a doubtful one has the digest."""
        self.doubtful = None
        result = await recognised_at(self._request, path, self._assurance.promise)
        self._differs = result is None
        return result

    async def _whose(self, path: str) -> bool:
        """Return whether the file at a path is another download's, and remember that."""
        if path not in self._others:
            self._others[path] = await self._owners.is_anothers(self._request, path)
        return self._others[path]


def _is_current(found: os.stat_result, resource: Resource, held: Held | None) -> bool:
    if held is not None and held.etag is not None and resource.etag is not None:
        return held.etag.removeprefix("W/") == resource.etag.removeprefix("W/")
    if held is not None and held.modified is not None:
        return held.modified == resource.last_modified
    modified = None if resource.last_modified is None else parse_http_date(resource.last_modified)
    return modified is not None and modified.timestamp() <= found.st_mtime


def _file_at(path: str | None) -> os.stat_result | None:
    """Return what is known of a regular file; None where there is none."""
    if path is None:
        return None
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None
