"""Folders that files go to: made, and found usable, before a byte is asked for."""

from __future__ import annotations

import os
from pathlib import Path

from rheo.domain.errors import InvalidDestinationError


def prepare_folder(folder: Path) -> None:
    """Make the folder where it is missing, or raise InvalidDestinationError that says what is in the way."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InvalidDestinationError(f"{folder} cannot be the folder for downloads: a file is in the way") from None
    except OSError as error:
        raise InvalidDestinationError(f"cannot make the folder {folder}: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidDestinationError(f"cannot write to the folder {folder}: permission denied")
