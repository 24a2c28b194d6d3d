"""What hosts said of themselves, kept between two runs in small files that only we may write: HSTS and Alt-Svc.

Read at the start; at the end, what is new is merged, under a lock, into what other processes wrote meanwhile.
Nothing is synced: a power cut may cost what was learnt last, and the next answer says it again.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Sequence
from logging import getLogger
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar

from rheo.domain.alt_svc import MOST_ORIGINS, AltSvcNote, AltSvcStore
from rheo.domain.hsts import MOST_HOSTS, HstsNote, HstsStore
from rheo.domain.notes import Note, Notes
from rheo.domain.text import printable
from rheo.storage.locks import locked
from rheo.storage.platform import open_exclusively, write_at
from rheo.storage.seal import DamagedError, NewerError
from rheo.storage.sidecar import PRIVATE, UnreadableError, UnusableError, read, remove

logger = getLogger(__name__)

_LOCK: Final = "hosts.lock"
_PATIENCE: Final = 2.0
"""Seconds that a process waits at its end for another one that is saving."""
_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_SUPERUSER: Final = 0

N = TypeVar("N", bound=Note)


class HostMemory:
    """What is known of hosts; its stores are for one thread."""

    def __init__(self, hsts: HstsStore | None = None, alt_svc: AltSvcStore | None = None) -> None:
        """None: nothing is known."""
        self.hsts = hsts or HstsStore()
        self.alt_svc = alt_svc or AltSvcStore()


def load(folder: Path, *, now: float) -> HostMemory:
    """Return what was saved in the folder, `RHEO_HOME`; a file that cannot be used costs a warning, no error."""
    return HostMemory(HstsStore(_loaded(_HSTS, folder, now)), AltSvcStore(_loaded(_ALT_SVC, folder, now)))


def save(memory: HostMemory, folder: Path, *, now: float) -> None:
    """Add what was noted since loading, or since the last save, to the files; writes nothing if nothing was.

    May block on the disk, and a few seconds on other processes; what cannot be saved is logged at debug level.
    """
    hsts, alt_svc = memory.hsts.changes(), memory.alt_svc.changes()
    if hsts and _saved(_HSTS, folder, hsts, now):
        memory.hsts.settle()
    if alt_svc and _saved(_ALT_SVC, folder, alt_svc, now):
        memory.alt_svc.settle()


class _Form(NamedTuple, Generic[N]):
    """How the bytes of one of the files are read and made."""

    decode: Callable[[bytes, float], list[N]]
    encode: Callable[[Sequence[N]], bytes]


class _File(NamedTuple, Generic[N]):
    """One of the files."""

    name: str
    most: int
    form: Callable[[], _Form[N]]
    """Loads what knows it."""


def _form_of_hsts() -> _Form[HstsNote]:
    from rheo.storage.host_records import decode_hsts, encode_hsts  # noqa: PLC0415  (needed where there is such a file)

    return _Form(decode_hsts, encode_hsts)


def _form_of_alt_svc() -> _Form[AltSvcNote]:
    from rheo.storage.host_records import decode_alt_svc, encode_alt_svc  # noqa: PLC0415  (likewise)

    return _Form(decode_alt_svc, encode_alt_svc)


_HSTS: Final[_File[HstsNote]] = _File("hsts.json", MOST_HOSTS, _form_of_hsts)
_ALT_SVC: Final[_File[AltSvcNote]] = _File("alt-svc.json", MOST_ORIGINS, _form_of_alt_svc)


class _RefusedError(Exception):
    """A file is not used; a sentence's end says why. It is replaced at the next save."""


class _KeptError(_RefusedError):
    """A file is not used, and not replaced either: it may be worth something to somebody else, or later."""


def _loaded(file: _File[N], folder: Path, now: float) -> list[N]:
    path = os.path.join(folder, file.name)
    try:
        return _notes(file, path, now)
    except _RefusedError as refused:
        logger.warning("%s is not used: %s", printable(path), refused)
        return []


def _saved(file: _File[N], folder: Path, changes: list[N], now: float) -> bool:
    path = os.path.join(folder, file.name)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with locked(os.path.join(folder, _LOCK), patience=_PATIENCE):
            notes = Notes(_present(file, path, now), most=file.most)
            notes.merge(changes)
            _replace(path, file.form().encode(notes.lasting(now)))
    except (OSError, _KeptError) as error:
        logger.debug("cannot save what hosts said of themselves in %s: %s", printable(path), error)
        return False
    return True


def _present(file: _File[N], path: str, now: float) -> list[N]:
    """Return what the file has by now, nothing where it is to be replaced; raises _KeptError."""
    try:
        return _notes(file, path, now)
    except _KeptError:
        raise
    except _RefusedError:
        return []  # the warning came as it was loaded


def _notes(file: _File[N], path: str, now: float) -> list[N]:
    try:
        found = read(path)
        if found is None:
            return []
        _refuse_strangers(found.stat)
        return file.form().decode(found.data, now)
    except UnreadableError as error:
        raise _KeptError(f"{error}; make it readable, or remove it") from error
    except UnusableError as error:
        raise _RefusedError(f"{error}; a new one is made") from error
    except NewerError as error:
        raise _KeptError(f"{error}; update rheo, or remove the file") from error
    except DamagedError as error:
        raise _RefusedError(f"{error}; a new one is made") from error


def _refuse_strangers(found: os.stat_result) -> None:
    if sys.platform == "win32":
        return  # there the rights of the user's folder hold for all in it
    if found.st_uid not in {os.geteuid(), _SUPERUSER}:
        raise _KeptError("it belongs to another user, who may change it; remove it")
    if found.st_mode & _OTHERS_MAY_WRITE:
        raise _RefusedError("others may change it; a new one is made that they may not")


def _replace(path: str, data: bytes) -> None:
    draft = f"{path}.new"
    remove(draft)  # a crash left it: the lock is ours
    descriptor = open_exclusively(draft, mode=PRIVATE)
    try:
        write_at(descriptor, [data], 0)
    except OSError:
        remove(draft)
        raise
    finally:
        os.close(descriptor)
    os.replace(draft, path)
