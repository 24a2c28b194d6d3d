"""Parts that had to make way: kept under another name, with their state, for as long as they may be wanted."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import Final

from rheo.storage.inspection import is_part
from rheo.storage.names import Names
from rheo.storage.part_state import PartState, decode, is_source
from rheo.storage.platform import rename_without_clobbering
from rheo.storage.seal import DamagedError
from rheo.storage.sidecar import UnusableError, draft, read, remove

OLD: Final = "old"
"""Of another version than the server has now."""
DAMAGED: Final = "damaged"
"""Not what its state says."""


def set_old_aside(names: Names, part: str, state: bytes) -> Names:
    """Keep a sound part under another name: its state goes first, so that no moment has the bytes without it."""
    aside = _free(names, OLD)
    _write(aside, state)
    _move(part, aside)
    return aside


def set_damaged_aside(names: Names, part: str, state: bytes) -> Names:
    """Keep a part that cannot be believed, and what is there of a state, under another name."""
    aside = _free(names, DAMAGED)
    _move(part, aside)
    _write(aside, state)
    return aside


def drop_old(names: Names, url: str) -> None:
    """Remove the old versions that were set aside for a file from this URL: the new one is whole."""
    for aside in names.aside(OLD):
        try:
            found = read(aside.state)
        except UnusableError:
            continue
        if found is None:
            if os.path.lexists(aside.part):
                continue
            return
        with suppress(DamagedError):
            state = decode(found.data)
            if state.owner is None and is_source(state, url):
                _remove(aside, state)


def _remove(aside: Names, state: PartState) -> None:
    with suppress(FileNotFoundError):
        found = os.lstat(aside.part)
        if state.part is None or not is_part(found, state.part, boot=state.boot):
            return
        os.unlink(aside.part)
    remove(aside.state)


def _free(names: Names, word: str) -> Names:
    return next(
        aside for aside in names.aside(word) if not os.path.lexists(aside.part) and not os.path.lexists(aside.state)
    )


def _move(part: str, aside: Names) -> None:
    with suppress(FileNotFoundError):
        if stat.S_ISREG(os.lstat(part).st_mode):
            rename_without_clobbering(part, aside.part)


def _write(aside: Names, state: bytes) -> None:
    made = draft(aside.state, state, synced=True)
    try:
        rename_without_clobbering(made.path, aside.state)
    except OSError:
        remove(made.path)
        raise
