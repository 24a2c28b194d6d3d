"""Read the files that settings stand in: small, text, and, where it matters, ours alone."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Final

from rheo.domain.errors import SettingsError
from rheo.domain.text import printable

_LIMIT: Final = 1024 * 1024
_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_SUPERUSER: Final = 0


def read_text(path: Path, *, ours: bool = False) -> str | None:
    """Return a file's text, None where there is none; with `ours`, refuse one that others may write.

    Raises SettingsError with the reason and, where there is one, the cure.
    """
    try:
        with path.open("rb") as file:
            if ours:
                _refuse_strangers(path, os.fstat(file.fileno()))
            content = file.read(_LIMIT + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(f"{printable(str(path))}: cannot be read: {reason(error)}") from error
    return _decoded(path, content)


def as_argument(path: Path) -> str:
    """Return a path as it may be written into a shell's command."""
    from shlex import quote  # noqa: PLC0415  (only for a message)

    return printable(quote(str(path)))


def reason(error: OSError) -> str:
    """Return why a file cannot be read, in words for people."""
    if isinstance(error, IsADirectoryError):
        return "it is a folder"
    if isinstance(error, PermissionError):
        return "you have no permission"
    return error.strerror or str(error)


def _refuse_strangers(path: Path, status: os.stat_result) -> None:
    if sys.platform == "win32":
        return  # there the rights of the user's folder hold for all in it
    if status.st_uid not in {os.geteuid(), _SUPERUSER}:
        raise SettingsError(
            f"{printable(str(path))}: belongs to another user (number {status.st_uid}), who may change it; "
            "copy it to a file of your own"
        )
    if status.st_mode & _OTHERS_MAY_WRITE:
        raise SettingsError(
            f"{printable(str(path))}: others may change it; forbid it with: chmod go-w {as_argument(path)}"
        )


def _decoded(path: Path, content: bytes) -> str:
    if len(content) > _LIMIT:
        raise SettingsError(f"{printable(str(path))}: is larger than 1 MiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise SettingsError(f"{printable(str(path))}: is not text in UTF-8")
    return text
