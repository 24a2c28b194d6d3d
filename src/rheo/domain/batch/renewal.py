"""A line of which an earlier run has the file: where that is, and what makes it right still."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from rheo.domain.batch.held import Held
from rheo.domain.download import DownloadRequest
from rheo.domain.settings import OnExists


class Renewal(NamedTuple):
    """What is fetched again takes the place of the file."""

    path: str
    held: Held | None = None
    """The version that is there, which is left if the server has no other one; None fetches it anyway."""

    def of(self, request: DownloadRequest) -> DownloadRequest:
        """Return the request for it."""
        path = Path(self.path)
        return replace(
            request,
            directory=path.parent,
            output=path.name,
            on_exists=OnExists.OVERWRITE if self.held is None else OnExists.NEWER,
            held=self.held,
        )
