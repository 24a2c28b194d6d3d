"""The folders that downloads go to, made and found usable before anything is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rheo.domain.download import STANDARD_OUTPUT, DownloadRequest
from rheo.storage.folder import check_place, prepare_folder

MOST: Final = 1000
"""Folders that are remembered: a list may have one for each of a million files."""


class Places:
    """Remembers which folders are usable, as far as there are few."""

    def __init__(self) -> None:
        self._usable: set[Path] = set()

    def prepare(self, requests: Iterable[DownloadRequest]) -> None:
        """Make the folders that the requests' files go to.

        Raises InvalidDestinationError where a path cannot be used, StorageError where the disk does not let us.
        """
        for request in requests:
            self._prepare(request)

    def _prepare(self, request: DownloadRequest) -> None:
        if request.output == STANDARD_OUTPUT:
            return
        folder = request.directory
        if request.output is not None:
            folder = (folder / request.output).parent
            check_place(folder / Path(request.output).name, is_folder=request.output.endswith("/"))
        if folder not in self._usable:
            prepare_folder(folder)
            if len(self._usable) >= MOST:
                self._usable.clear()
            self._usable.add(folder)
