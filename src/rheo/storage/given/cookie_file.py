"""A cookies.txt on the disk: read with care, and written for its owner alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rheo.domain.cookies import Cookie
from rheo.domain.errors import InvalidCookieError, StorageError
from rheo.domain.netscape import parse_cookies, write_cookies
from rheo.domain.text import printable
from rheo.storage.base import disk_error
from rheo.storage.given.reading import read_regular, why_unread
from rheo.storage.platform import sync_folder
from rheo.storage.sidecar import draft, withdraw

_MOST_BYTES: Final = 8 * 1024 * 1024


def read_cookies(path: Path) -> list[Cookie]:
    """Return what the file holds; links are followed, pipes and devices refused.

    Raises InvalidCookieError with the reason, and the line where it is one's.
    """
    place = printable(str(path))
    try:
        content = read_regular(path, most=_MOST_BYTES)
    except (OSError, ValueError) as error:
        raise InvalidCookieError(f"{place}: cannot be read: {why_unread(error)}") from error
    if content is None:
        raise InvalidCookieError(f"{place}: is no regular file; name a cookies.txt")
    if len(content) > _MOST_BYTES:
        raise InvalidCookieError(f"{place}: is larger than 8 MiB; no cookies.txt is")
    return parse_cookies(_decoded(content), place=place)


def check_savable(path: Path) -> None:
    """Raise StorageError where cookies surely cannot be saved: in the place of what is no file, or in no folder."""
    place = printable(str(path))
    if not _may_be_replaced(str(path)):
        raise StorageError(f"{place} is no regular file: cookies are not saved there; name another one")
    if not path.parent.is_dir():
        raise StorageError(f"{place} is in no folder that exists: cookies are not saved there; make it first")


def save_cookies(path: Path, cookies: Iterable[Cookie]) -> None:
    """Replace the file by one with these cookies, mode 0600, synced before it has its name; raises StorageError.

    A link of that name is replaced itself; the file that it leads to stays as it is.
    """
    check_savable(path)
    place = str(path)
    try:
        made = draft(place, write_cookies(cookies).encode(), synced=True)
        try:
            os.replace(made.path, place)
        except OSError:
            withdraw(made)
            raise
        sync_folder(os.path.dirname(place) or ".")
    except OSError as error:
        raise disk_error(error, printable(place)) from error


def _decoded(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")  # as the values of headers are read


def _may_be_replaced(path: str) -> bool:
    """Whether there is nothing, a regular file, or a link to such."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return True  # nothing there; where it is worse, the replacing says what
    except ValueError:
        return False
