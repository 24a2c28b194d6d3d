"""What all errors have in common, and those of no other branch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Self


class RheoError(Exception):
    """Anything that rheo can say went wrong."""

    code: ClassVar[str] = "error"
    transient: bool = False
    retry_after: float | None = None
    """Seconds that the server asked us to wait; None where it did not say."""
    repeatable: bool = True
    """Whether trying again does no harm; where it may, no policy does."""

    @property
    def message(self) -> str:
        """The sentence for people, with whatever notes were added on the way."""
        sentence = str(self.args[0]) if self.args else self.code
        return "; ".join([sentence, *getattr(self, "__notes__", ())])

    def twin(self) -> Self:
        """Return the same error for another download, so that a note which one of them gets is not the other's."""
        twin = type(self).__new__(type(self), *self.args)
        twin.__dict__.update(self.__dict__)
        twin.__cause__ = self.__cause__
        if hasattr(self, "__notes__"):
            twin.__notes__ = list(self.__notes__)
        return twin

    def without_frames(self) -> Self:
        """Have it, and what caused it, hold no frames: who keeps an error keeps no transfer that it came out of."""
        error: BaseException | None = self
        while error is not None:
            error.__traceback__ = error.__context__ = None
            error = error.__cause__
        return self


def codes_of(kind: type[RheoError]) -> Iterator[str]:
    """Yield the code of a class of errors, and those of all below it."""
    yield kind.code
    for child in kind.__subclasses__():
        yield from codes_of(child)


class DownloadCancelledError(RheoError):
    """The download was cancelled or removed."""

    code = "cancelled"


class DownloadPausedError(RheoError):
    """The download was still paused when its manager closed."""

    code = "paused"


class InternalError(RheoError):
    """Something happened that should be impossible; the log has the traceback."""

    code = "internal_error"
