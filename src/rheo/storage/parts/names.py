"""What the files beside an unfinished one are called. Every one is found from target and token, without listing.

`NAME.part`, `NAME.part.json`, `NAME.part.live`; and, for an instant or after a crash, drafts of the last two
(`NAME.part.json.0.new`), the right to take over (`NAME.part.TOKEN.take`), the sign that somebody left
(`NAME.part.TOKEN.left`) and the part on its way to its final name (`NAME.part.TOKEN.done`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final, NamedTuple

PART: Final = ".part"
_TOKEN: Final = 8
"""Digits of a token that are enough in a name."""


class Names(NamedTuple):
    """The names that belong to one part; `stem` is the target's path, with a number where its own was taken."""

    stem: str

    @property
    def part(self) -> str:
        """The bytes."""
        return f"{self.stem}{PART}"

    @property
    def state(self) -> str:
        """The part state."""
        return f"{self.stem}{PART}.json"

    @property
    def live(self) -> str:
        """The live map."""
        return f"{self.stem}{PART}.live"

    def right(self, token: str) -> str:
        """Return the name that only one process can have: it may take over the claim with this token."""
        return f"{self.stem}{PART}.{token[:_TOKEN]}.take"

    def left(self, token: str) -> str:
        """Return the name of the sign that this owner left, though it could not write a state that says so."""
        return f"{self.stem}{PART}.{token[:_TOKEN]}.left"

    def done(self, token: str) -> str:
        """Return the part's name while this owner publishes it."""
        return f"{self.stem}{PART}.{token[:_TOKEN]}.done"

    def aside(self, word: str) -> Iterator[Names]:
        """Yield the names that a part may get when it has to make way: `NAME.old`, `NAME.old.1` and so on."""
        return stems(f"{self.stem}.{word}")


def stems(target: str) -> Iterator[Names]:
    """Yield the names of a target's part, then those to use while others are taken: `NAME`, `NAME.1` and so on."""
    yield Names(target)
    for number in itertools.count(1):
        yield Names(f"{target}.{number}")
