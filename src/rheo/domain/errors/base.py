"""What all errors have in common, and those of no other branch."""

from __future__ import annotations

from typing import ClassVar


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


class DownloadCancelledError(RheoError):
    """The download was cancelled or removed."""

    code = "cancelled"


class DownloadPausedError(RheoError):
    """The download was still paused when its manager closed."""

    code = "paused"


class InternalError(RheoError):
    """Something happened that should be impossible; the log has the traceback."""

    code = "internal_error"
