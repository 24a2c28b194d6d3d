"""Read the small files that hold secrets: nobody else may read them."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Final

from rheo.config.files import as_argument, reason
from rheo.domain.errors import SettingsError
from rheo.domain.text import printable

_LIMIT: Final = 64 * 1024
_OTHERS_MAY: Final = stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # a pipe would make us wait


def read_private(path: Path, *, own: bool = False) -> str | None:
    """Return a file's text, None where there is none; with `own`, refuse one of another user.

    Raises SettingsError with the reason, never with content, and the cure, for what others may read or write.
    """
    try:
        with open(path, "rb", opener=_opener) as file:
            status = os.fstat(file.fileno())
            _refuse_others(path, status, own=own)
            content = file.read(_LIMIT + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refusal(path, f"cannot be read: {reason(error)}") from error
    except ValueError:
        raise _refusal(path, "is no path: there is a NUL or half a character in it") from None
    return _decoded(path, content)


def _opener(path: str, _flags: int) -> int:
    return os.open(path, _FLAGS)


def _refuse_others(path: Path, status: os.stat_result, *, own: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _refusal(path, "is no regular file; secrets are read from such only")
    if sys.platform == "win32":
        return  # there the rights of the user's folder hold for all in it
    if own and status.st_uid != os.geteuid():
        raise _refusal(
            path,
            f"belongs to another user (number {status.st_uid}), not to you; copy it to a file of your own",
        )
    if status.st_mode & _OTHERS_MAY:
        raise _refusal(path, f"others may read or change it; forbid it with: chmod 600 {as_argument(path)}")


def _decoded(path: Path, content: bytes) -> str:
    if len(content) > _LIMIT:
        raise _refusal(path, "is larger than 64 KiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass  # it holds the content, so it may not even be the context of ours
    raise _refusal(path, "is not text in UTF-8")


def _refusal(path: Path, complaint: str) -> SettingsError:
    return SettingsError(f"{printable(str(path))}: {complaint}")
