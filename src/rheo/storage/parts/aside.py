"""Parts that had to make way: kept under another name, with their state, for as long as they may be wanted.

The state goes first, so that no moment has the bytes without it. A crash in between leaves the state alone under the
new name: the next one who sets the same part aside goes on from there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from rheo.domain.errors import TakenOverError
from rheo.domain.ranges import RangeSet
from rheo.storage.parts.finding import in_use
from rheo.storage.parts.inspection import is_part
from rheo.storage.parts.names import Names
from rheo.storage.parts.part_state import PartState, decode, encode, made_way_for, set_aside
from rheo.storage.platform import rename_without_clobbering
from rheo.storage.publishing import move
from rheo.storage.seal import DamagedError
from rheo.storage.sidecar import UnusableError, draft, read, remove, withdraw

OLD: Final = "old"
"""Of another version than the server has now."""
DAMAGED: Final = "damaged"
"""Not what its state says."""


def set_old_aside(
    names: Names, target: str, source: str, *, part: str, state: PartState, identity: os.stat_result
) -> None:
    """Keep a sound part under another name, made from the target's; raises TakenOverError where it is not ours.

    `names` are those of the part, which may have a number; whoever drops old versions knows the target alone. Of
    several that made way for this source, the URL as given, only the one of which most is safe is kept.
    """
    aside = _claim(names, target, part, encode(set_aside(state, source)))
    try:
        move(part, aside.part, identity)
    except (OSError, TakenOverError):
        remove(aside.state)
        raise
    with suppress(OSError):  # what cannot be removed only takes room
        _drop_lesser(target, source)


def set_damaged_aside(names: Names, part: str, state: bytes) -> Names:
    """Keep a part that cannot be believed, and what is there of a state, under another name."""
    aside = _place(names, DAMAGED, part, state)
    _write(names, aside, state)
    with suppress(FileNotFoundError):
        if stat.S_ISREG(os.lstat(part).st_mode):
            rename_without_clobbering(part, aside.part)
    return aside


def drop_old(target: str, url: str) -> None:
    """Remove the old versions that made way for a file from this URL: the new one is whole."""
    for aside, state in _old(target, url):
        _remove(aside, state)


def _claim(names: Names, target: str, part: str, state: bytes) -> Names:
    """Return the names that a sound part is to get, having put its state there."""
    aside = _place(Names(target), OLD, part, state)
    try:
        _write(names, aside, state)
    except FileExistsError:  # a part with another number made way at the same time
        return _claim(names, target, part, state)
    return aside


def _drop_lesser(target: str, url: str) -> None:
    """Remove all but one of those that made way for a file from this URL: the one of which most is safe stays."""
    old = sorted(_old(target, url), key=lambda one: _worth(*one), reverse=True)
    for aside, state in old[1:]:
        _remove(aside, state)


def _old(target: str, url: str) -> Iterator[tuple[Names, PartState]]:
    """Yield what was set aside for this URL; a part may have such a name also because its file is called so."""
    for aside in in_use(Names(target).aside(OLD)):
        with suppress(UnusableError, DamagedError):
            found = read(aside.state)
            state = None if found is None else decode(found.data)
            if state is not None and state.owner is None and made_way_for(state, url):
                yield aside, state


def _worth(aside: Names, state: PartState) -> int:
    """Return how many bytes are safe; -1 where a crash came before the part was there."""
    try:
        there = state.part is not None and is_part(os.lstat(aside.part), state.part)
    except FileNotFoundError:
        there = False
    return RangeSet(state.synced).size if there else -1


def _remove(aside: Names, state: PartState) -> None:
    with suppress(FileNotFoundError):
        found = os.lstat(aside.part)
        if state.part is None or not is_part(found, state.part):
            return
        os.unlink(aside.part)
    remove(aside.state)


def _place(names: Names, word: str, part: str, state: bytes) -> Names:
    return next(aside for aside in names.aside(word) if _suits(aside, part, state))


def _suits(aside: Names, part: str, state: bytes) -> bool:
    """Whether the names are free, or have the state already that is to go there."""
    if _has(aside, state):
        return not (os.path.lexists(aside.part) and os.path.lexists(part))
    return not os.path.lexists(aside.part) and not os.path.lexists(aside.state)


def _has(aside: Names, state: bytes) -> bool:
    try:
        found = read(aside.state)
    except UnusableError:
        return False
    return found is not None and found.data == state


def _write(names: Names, aside: Names, state: bytes) -> None:
    """Write the state; by way of a draft of the part's own, which its next owner removes after a crash."""
    if _has(aside, state):
        return
    made = draft(names.state, state, synced=True)
    try:
        rename_without_clobbering(made.path, aside.state)
    except FileNotFoundError:  # whoever took over cleaned up; moving the part will tell
        _write(names, aside, state)
    except OSError:
        withdraw(made)
        raise
