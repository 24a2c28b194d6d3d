"""What may happen to the files of a download behind its back, and must not lead to a wrong file."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from crash.victim import Remains
from rheo.storage.parts.part_state import PartState, decode, decode_live
from rheo.storage.seal import DamagedError

LATER: Final = 60
"""Seconds after which somebody edits a part; an edit within moments is told from a late write only by its place."""

_Change = Callable[[bytes], bytes]

TO_STATES: Final[dict[str, _Change]] = {
    "emptied": lambda _: b"",
    "zeroed": lambda data: bytes(len(data)),
    "cut short": lambda data: data[: len(data) // 2],
    "a bit flipped": lambda data: flipped(data, len(data) // 2),
    "written by a newer version": lambda data: data.replace(b'"version":1,', b'"version":99,'),
    "replaced by something else": lambda _: b"[]\n",
}
"""Changes to a part state or a live map."""


def flipped(data: bytes, place: int) -> bytes:
    """Return the bytes with one bit changed."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :] if data else data


def overwrite(path: Path, data: bytes) -> None:
    """Change what a file holds, as far as there is room, and when it was last written: it stays the same file."""
    with suppress(OSError), path.open("r+b") as file:
        file.write(data)
        file.truncate()
    then = time.time() + LATER
    os.utime(path, (then, then))


def shorten(remains: Remains, share: float) -> None:
    """Cut off so much of a part."""
    data = remains.part.read_bytes()
    overwrite(remains.part, data[: int(share * len(data))])


def lengthen(remains: Remains, share: float) -> None:
    """Add up to a thousand bytes to a part."""
    overwrite(remains.part, remains.part.read_bytes() + bytes(1 + int(share * 1000)))


def edit(remains: Remains, share: float) -> None:
    """Change one bit of a part, at a place that the next run is able to notice."""
    data = remains.part.read_bytes()
    place = min(int(share * len(data)), len(data) - 1)
    state = _readable(remains.state)
    if state is not None and not _time_tells(state, remains.live):
        if not state.synced:
            return  # then no byte of it is believed
        place = state.synced[-1][1] - 1
    overwrite(remains.part, flipped(data, place))


def _readable(path: Path) -> PartState | None:
    try:
        return decode(path.read_bytes())
    except (FileNotFoundError, DamagedError):
        return None


def _time_tells(state: PartState, live: Path) -> bool:
    """Whether an edit shows by the part's time alone: not where the owner died without a last sign of life."""
    if state.complete:
        return False
    try:
        return state.owner is None or bool(decode_live(live.read_bytes()))
    except (FileNotFoundError, DamagedError):
        return False
