"""Where the bytes of a lasting file go: a part made for it, or the one that an earlier run left."""

from __future__ import annotations

from os.path import basename
from typing import TYPE_CHECKING, NamedTuple

from rheo.domain.download import DownloadRequest
from rheo.domain.resource import Resource
from rheo.domain.safe_names import numbered
from rheo.domain.settings import OnExists
from rheo.storage.parts.part_file import PartFile
from rheo.storage.permissions import USUAL, Permissions

if TYPE_CHECKING:
    from rheo.storage.parts.remains import Remains  # loaded where an earlier run left something


class Found(NamedTuple):
    """The part that lies under the names of a target, which the file was to be called."""

    target: str
    remains: Remains
    serves: bool = True
    """Whether a part can be gone on with; else it is ours, and has to make way."""
    foreign: bool = False
    """Whether it is of another URL, where the same validator may mean another file."""


class Place:
    """Makes or takes over the part of one file, and says what it is of."""

    def __init__(
        self, part: PartFile, request: DownloadRequest, resource: Resource, *, remains: Remains | None, reserve: bool
    ) -> None:
        """`remains` is what an earlier run left, and this one goes on with; `reserve` finds room beforehand."""
        self.owned = False
        """Whether the part is ours by now."""
        self.part = part
        self._resource = resource
        self._remains = remains
        self._reserve = reserve
        self._source = request.url.text
        self._url = request.url.bare
        self.fits = remains is None or remains.is_of(self._source)
        """Whether the part is of our URL: one of another URL may be of another file until an answer was compared."""
        self.proven = remains is None or (self.fits and request.link is None)
        """The same of the link that is to go on with it now."""
        self._mirrored = remains is not None and remains.state.mirrored

    def make(self) -> None:
        """Have the part; perhaps on a thread. Raises TargetBusyError where another process was quicker."""
        resource, mirrored = self._resource, self._mirrored
        if self._remains is not None:
            self.part.adopt(self._remains)
        else:
            self.part.create(url=self._url, source=self._source, resource=resource, reserve=self._reserve)
        self.owned = True
        if self._resource is not resource or self._mirrored is not mirrored:  # something was found out meanwhile
            self._describe()

    def describe(self, resource: Resource) -> None:
        """Say anew what the part is of; the next state that is written says so, once there are bytes of ours."""
        self._resource = resource
        if self.owned:
            self._describe()

    def note_mirror(self) -> bool:
        """Take note that bytes of a mirror go into the part; return whether that is news."""
        if self._mirrored:
            return False
        self._mirrored = True
        if self.owned:
            self._describe()
        return True

    def fit(self) -> bool:
        """Take note that bytes of our URL, or link, go into the part: from now on it is ours, whoever began it.

        Returns whether that is news.
        """
        if self.proven:
            return False
        self.fits = self.proven = True
        self._describe()
        return True

    def _describe(self) -> None:
        if self.proven:
            self.part.describe(url=self._url, source=self._source, resource=self._resource, mirrored=self._mirrored)


def part_for(
    path: str, request: DownloadRequest, *, chosen: str | None = None, aside: PartFile | None = None
) -> PartFile:
    """Return the part for a path; `aside` is the claim of an older version, perhaps on the same one.

    `chosen` is the path before it was numbered, so that it gets one number where its own is taken meanwhile.
    """
    if aside is not None and aside.target == path:
        return aside
    replaced = None if request.salvage is None else Permissions.of(path)  # a part is not for more eyes than that was
    mode = USUAL if replaced is None else replaced.mode
    name = basename(chosen or path)
    on_exists = OnExists.OVERWRITE if request.on_exists.replaces else request.on_exists
    return PartFile(path, on_exists=on_exists, numbered=lambda _, number: numbered(name, number), mode=mode)


def nothing_to_make() -> None:
    """Have a stream, which is there already."""
