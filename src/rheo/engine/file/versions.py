"""When a file must be fetched anew, since what is there is, or may be, of another version; and how often it may be."""

from __future__ import annotations

from typing import Final

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import ChangedOnServerError
from rheo.domain.url import Url

MOST_CHANGES: Final = 1
"""How often a file may change on the server before we believe that it will not hold still."""


class StartOver(Exception):  # noqa: N818  (it is no error, but goes on from the start)
    """Begin again from the first byte; the part so far is set aside until the new file is whole, if it is of use."""

    def __init__(self, because: str, *, single: bool = False, changed: bool = True, wrong: bool = False) -> None:
        """`single` asks for one stream without ranges; `changed` is False where the file on the server is the same.

        `wrong`: what is there is of no version of the file.
        """
        super().__init__(because)
        self.because = because
        self.single = single
        self.changed = changed
        self.wrong = wrong


def other_bytes(*, older: bool) -> StartOver:
    """Return what follows where two answers brought other bytes for the same place.

    `older`: one of them in an earlier run. Else several servers differ, and one answer has to bring all.
    """
    if older:
        return StartOver("the file has changed on the server")
    return StartOver("two answers brought other bytes for the same place", single=True)


def cause_of(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return what went wrong first in a group of tasks; beginning again comes after every error."""
    first: BaseException = several
    while isinstance(first, BaseExceptionGroup):
        first = next((one for one in first.exceptions if not isinstance(one, StartOver)), first.exceptions[0])
    return first


class Versions:
    """What was learnt of a file by those runs of one download that did not bring it whole."""

    def __init__(self, request: DownloadRequest) -> None:
        self.single = False
        """Whether to ask for one stream, without ranges."""
        self.target: str | None = None
        """Where the file is to go, once an answer or a part has settled that."""
        self.vain: set[str] = set()
        """Targets whose parts turned out to be of other files."""
        self.worked = False
        """Whether its URL, or a link in the place of that, brought bytes of it."""
        self.banned: dict[Url, str] = {}
        """Mirrors that are not to be asked any more, and why."""
        self.lie: str | None = None
        """What was wrong with the last file that came whole; None where that never happened."""
        self._request = request
        self._changes = 0

    @property
    def learnt(self) -> bool:
        """Whether there is anything that a later run would not begin with anyway."""
        return vars(self) != vars(Versions(self._request))

    @property
    def changed(self) -> bool:
        """Whether the file was another one on the server than before, or than was promised."""
        return self._changes > 0

    def begin_anew(self, again: StartOver) -> None:
        """Take in why; raises ChangedOnServerError where that is too often, or a part is not of the file."""
        self._changes += again.changed
        self.single = self.single or again.single
        self.lie = again.because if again.wrong else self.lie
        url, part = self._request.url, self._request.resume_from
        if self._changes and part is not None:
            raise ChangedOnServerError(f"{part} is not of the file at {url.bare}")
        if self._changes > MOST_CHANGES:
            raise ChangedOnServerError(
                f"{url.origin}: {again.because}, again: it does not hold still, or comes from several servers that "
                "differ; one connection takes it from one answer"
            )
