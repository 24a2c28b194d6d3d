"""Places that files go to: made, and found usable, before a byte is asked for."""

from __future__ import annotations

import os
import stat
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


def check_place(path: Path, *, is_folder: bool) -> None:
    """Raise InvalidDestinationError where the path, which the user named, cannot be that of a file."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = stat.S_IFDIR if is_folder else stat.S_IFREG
    except NotADirectoryError:
        return  # `prepare_folder` says what is in the way
    except OSError as error:
        raise InvalidDestinationError(f"{path} cannot be the name of a file: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise InvalidDestinationError(f"{path} is a folder; name a file in it")
    if not stat.S_ISREG(mode):
        raise InvalidDestinationError(f"{path} is a device or a pipe, not a file; --output - is standard output")
