"""Which of the names that a part may have are in use: asked of the disk one by one, without listing a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Final

from rheo.storage.parts.names import PART, Names

MOST_GAPS: Final = 2
"""Names in a row that may have become free before one that is in use."""


def has_part(target: str) -> bool:
    """Whether something lies beside a target that an earlier run may have left.

    Asked for every file: so it looks where `in_use` does, but behind the first name for states alone, as a part without
    one is not ours. A link that leads nowhere is not seen: whoever has to create its name learns of it.
    """
    if os.access(f"{target}{PART}", os.F_OK):
        return True
    for number in range(MOST_GAPS + 1):
        stem = f"{target}.{number}" if number else target
        if os.access(f"{stem}{PART}.json", os.F_OK):
            return True
    return False


def target_of(part: str) -> str:
    """Return what a part file that the user names was to be called."""
    return part.removesuffix(PART)


def in_use(candidates: Iterable[Names]) -> Iterator[Names]:
    """Yield those that have a state or a part, until none had for a while: earlier ones may be free again."""
    free = 0
    for names in candidates:
        if os.path.lexists(names.state) or os.path.lexists(names.part):
            free = 0
            yield names
        elif (free := free + 1) > MOST_GAPS:
            return
