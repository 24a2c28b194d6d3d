"""Who may write a part: the state file at its place is the claim, and its token says whose.

* A claim on a free name is made by renaming a draft to it, which fails where the name is taken.
* A claim whose owner is dead is taken over by the one process that gets the right to: a file named after the old
  token, made in the same way, that holds the new state already. Its holder looks whether the old state is still in
  place, and renames the right onto it. So there is no moment without a claim, and nobody can take a living one.
* An owner whose state is no longer in place has lost the part, and touches nothing any more.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import Final, NamedTuple, Self

from rheo.domain.errors import StorageError, TakenOverError, TargetBusyError
from rheo.storage.parts.names import Names
from rheo.storage.parts.owner import SILENCE, Owner
from rheo.storage.parts.part_state import PartState, decode, decode_live, encode
from rheo.storage.platform import boot_id, rename_without_clobbering, sync_folder
from rheo.storage.seal import DamagedError, resembles
from rheo.storage.sidecar import (
    STATE,
    Draft,
    Found,
    UnusableError,
    clean,
    draft,
    drafts,
    now,
    read,
    remove,
    same,
    withdraw,
)

PAUSE: Final = 6.0
"""Seconds in which an owner on this machine would have beaten three times."""


class Seen(NamedTuple):
    """A state file as somebody looked at it: what may be taken over if it is still the same."""

    token: str
    """The state's; or made from its bytes where it is damaged."""
    fingerprint: str


class Claim:
    """A state file that is ours; its calls raise OSError."""

    def __init__(self, names: Names, state: PartState, found: os.stat_result) -> None:
        self.names = names
        self.state = state
        self._found = found

    @classmethod
    def make(cls, names: Names, state: PartState) -> Self:
        """Claim a free name; raises FileExistsError where it is not. Not synced: it claims no byte."""
        made = draft(names.state, encode(state), synced=False)
        try:
            with suppress(FileNotFoundError):  # an owner cleaned up; he may have left since
                rename_without_clobbering(made.path, names.state)
        except OSError:
            withdraw(made)
            raise
        claim = cls(names, state, made.stat)
        if not claim.holds():
            if os.path.lexists(names.state):
                raise FileExistsError(names.state)
            return cls.make(names, state)
        if made.path != drafts(names.state)[0]:
            clean(names.state)
        return claim

    @classmethod
    def take(cls, names: Names, seen: Seen, state: PartState, *, first: Callable[[], None] | None = None) -> Self:
        """Take the part over with this state; `first` is done when nobody else can.

        Raises TargetBusyError where a living process was quicker, TakenOverError where one was and is done.
        """
        right = _hold(names, seen.token, state)
        try:
            _check_unchanged(names, seen)
            if first is not None:
                first()
            _use(right, names)
        except (OSError, StorageError):
            withdraw(right)
            raise
        claim = cls(names, state, right.stat)
        claim.check()  # the right may have been taken from us, if we seemed dead
        remove(names.left(seen.token))
        remove(names.right(seen.token))  # of one who came too late, and died of it
        return claim

    def write(self, state: PartState, *, folder: bool) -> None:
        """Replace the state by its next generation, and return once it is safe; `folder`: its name, too."""
        state = replace(state, generation=self.state.generation + 1)
        found = self._replace(encode(state))
        self.state, self._found = state, found
        if folder:
            sync_folder(os.path.dirname(self.names.state) or ".")

    def check(self) -> None:
        """Raise TakenOverError where the state in place is not ours."""
        try:
            found = os.lstat(self.names.state)
        except FileNotFoundError:
            raise _lost(self.names) from None
        if not same(found, self._found):
            self._found = self._read_ours()

    def holds(self) -> bool:
        """Whether the part is still ours."""
        try:
            self.check()
        except TakenOverError:
            return False
        return True

    def drop(self) -> None:
        """Give the claim up and remove it, if it is still ours, and the right of one who died taking it."""
        if self.holds():
            remove(self.names.state)
            remove(self.names.right(self.state.token))

    def _replace(self, data: bytes) -> os.stat_result:
        made = draft(self.names.state, data, synced=True)
        try:
            self.check()
            os.replace(made.path, self.names.state)
        except FileNotFoundError:  # somebody cleaned up; if he is the owner now, checking tells
            return self._replace(data)
        except (OSError, TakenOverError):
            withdraw(made)
            raise
        return made.stat

    def _read_ours(self) -> os.stat_result:
        """Return what is in place, if it bears our token: somebody may have touched it, or we wrote it just now."""
        try:
            found = read(self.names.state)
            if found is not None and decode(found.data).token == self.state.token:
                return found.stat
        except (UnusableError, DamagedError):
            pass
        raise _lost(self.names)


def seen_in(found: Found) -> Seen:
    """Return what a state file is known by."""
    fingerprint = sha256(found.data).hexdigest()
    try:
        return Seen(decode(found.data).token, fingerprint)
    except DamagedError:
        return Seen(fingerprint[:32], fingerprint)


def living(names: Names, state: PartState, *, path: str | None = None) -> Owner | None:
    """Return the owner if it lives and has not left; `path` is where the state is, if not in its place."""
    owner = state.owner
    beats = (names.state, names.live) if path is None else (path,)
    if owner is None or not owner.alive(lambda: _silence(names, beats)):
        return None
    return None if os.path.lexists(names.left(state.token)) else owner


def busy_error(names: Names, owner: Owner, state: PartState) -> TargetBusyError:
    """Return the error that says who has the part, which file that is, and what to do."""
    error = TargetBusyError(f"{names.part} is being written by {owner}; wait until that is done, or use --join")
    error.inode = None if state.part is None else state.part.inode
    return error


def perhaps_written(names: Names) -> bool:
    """Whether somebody may be writing a part of which the state cannot be read, so that nobody knows whose it is."""
    try:
        present = now(names.live)
    except OSError:
        return True
    longest = SILENCE if _beats_elsewhere(names.live) else PAUSE
    return any(
        abs(present - beat) <= longest for beat in (*map(_beat, (names.state, names.live)), _touched(names.part))
    )


def _silence(names: Names, beats: tuple[str, ...]) -> float:
    try:
        present = now(names.live)
    except OSError:
        return 0.0  # where no file can be made, nothing can be taken over
    return present - max(map(_beat, beats))


def _beat(path: str) -> float:
    # Opened, not only looked at: a network folder's times are otherwise those of a while ago.
    try:
        found = read(path)
    except UnusableError:
        return 0.0
    return found.stat.st_mtime if found is not None else 0.0


def _beats_elsewhere(path: str) -> bool:
    """Whether the live map may be that of an owner on another machine; in doubt, it is."""
    try:
        found = read(path)
        if found is None:
            return False
        boot = decode_live(found.data).boot
    except (UnusableError, DamagedError):
        return True
    return boot is None or boot != boot_id()


def _touched(part: str) -> float:
    try:
        return os.lstat(part).st_mtime
    except FileNotFoundError:
        return 0.0


def _readable(path: str) -> Found | None:
    try:
        return read(path)
    except UnusableError as error:
        raise StorageError(f"{path} is in the way: {error}; remove it") from error


def _check_unchanged(names: Names, seen: Seen) -> None:
    found = _readable(names.state)
    if found is None or seen_in(found).fingerprint != seen.fingerprint:
        raise _lost(names)


def _use(right: Draft, names: Names) -> None:
    """Put the state of the one who has the right into its place."""
    with suppress(FileNotFoundError):  # somebody to whom we seemed dead took it, and knows whose it is by looking
        os.replace(right.path, names.state)


def _hold(names: Names, token: str, state: PartState) -> Draft:
    """Get the right to replace the claim with this token, as a file that holds the new state."""
    right = names.right(token)
    made = draft(names.state, encode(state), synced=True)
    try:
        rename_without_clobbering(made.path, right)
    except FileExistsError:
        withdraw(made)
        return _hold_after(names, right, state)
    except FileNotFoundError:  # somebody cleaned up
        return _hold(names, token, state)
    except OSError:
        withdraw(made)
        raise
    if not _is(right, made):  # somebody cleaned up, and the draft was his own next one, which he will write again
        remove(right)
        return _hold(names, token, state)
    return Draft(right, made.stat)


def _is(path: str, made: Draft) -> bool:
    try:
        return same(os.lstat(path), made.stat)
    except FileNotFoundError:
        return False


def _hold_after(names: Names, right: str, state: PartState) -> Draft:
    """Get a right from the one who holds it, if that one died in between: a claim like any other."""
    found = _readable(right)
    if found is None:
        raise _lost(names)
    try:
        rival = decode(found.data)
    except DamagedError as error:
        raise StorageError(f"{right} is in the way: {error}; remove it") from error
    owner = living(names, rival, path=right)
    if owner is not None:
        raise busy_error(names, owner, rival)
    mine = _hold(names, rival.token, state)
    now_there = _readable(right)
    if now_there is None or now_there.data != found.data:
        withdraw(mine)
        raise _lost(names)
    os.replace(mine.path, right)
    return Draft(right, mine.stat)


def _lost(names: Names) -> TakenOverError:
    return TakenOverError(f"{names.part} was taken over by another process, or taken away")


def damaged(found: Found) -> bool:
    """Whether a state file that cannot be read was ours once, and not somebody else's file."""
    return resembles(STATE, found.data)
