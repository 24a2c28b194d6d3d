"""Places that files go to: made, and found usable, before a byte is asked for."""

from __future__ import annotations

import errno
import os
import stat
from itertools import takewhile
from pathlib import Path
from typing import Final

from rheo.domain.errors import InvalidDestinationError, PermissionDeniedError, RheoError
from rheo.storage.base import disk_error


def prepare_folder(folder: Path) -> None:
    """Make the folder where it is missing.

    Raises InvalidDestinationError that says what is in the way, StorageError where the disk does not let us.
    """
    try:
        _make(folder)
    except (FileExistsError, NotADirectoryError):
        raise InvalidDestinationError(f"{folder} cannot be the folder for downloads: a file is in the way") from None
    except OSError as error:
        raise _folder_error(error, folder) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionDeniedError(f"cannot write to the folder {folder}: permission denied")


def check_place(path: Path, *, is_folder: bool) -> None:
    """Raise InvalidDestinationError where the path, which the user named, cannot be that of a file.

    Raises PermissionDeniedError where we may not even look.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = stat.S_IFDIR if is_folder else stat.S_IFREG
    except NotADirectoryError:
        return  # `prepare_folder` says what is in the way
    except PermissionError as error:
        raise disk_error(error, str(path)) from error
    except OSError as error:
        raise InvalidDestinationError(f"{path} cannot be the name of a file: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise InvalidDestinationError(f"{path} is a folder; name a file in it")
    if not stat.S_ISREG(mode):
        raise InvalidDestinationError(f"{path} is a device or a pipe, not a file; --output - is standard output")


def _make(folder: Path) -> None:
    """Make a folder and what is missing above: not one inside the other, as a stranger's list may have a thousand."""
    try:
        folder.mkdir(exist_ok=True)
    except FileNotFoundError:
        missing = takewhile(lambda one: not one.exists(), (folder, *folder.parents))
        for one in reversed(list(missing)):
            one.mkdir(exist_ok=True)


def _folder_error(error: OSError, folder: Path) -> RheoError:
    """Return whose mistake it is: the path's, which cannot be one, or the disk's."""
    if error.errno in _NO_PATH:
        return InvalidDestinationError(f"cannot make the folder {folder}: {error.strerror}")
    return disk_error(error, str(folder))


_NO_PATH: Final = frozenset({errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL, errno.EILSEQ, errno.ENOENT})
