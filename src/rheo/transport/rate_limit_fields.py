"""Whether a head says that a quota is used up, and for how long: the RateLimit fields in the forms that are about.

These are draft-ietf-httpapi-ratelimit-headers as it is (`RateLimit: "name";r=0;t=30`), as it was (`limit=10,
remaining=0, reset=30`, and three fields of their own), and what it came from (`X-RateLimit-Reset`, in seconds or as
Unix time). All of it is text from strangers: what is odd is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from rheo.domain.field_values import parameter, split

_JOINED: Final = "ratelimit"
_PAIRS: Final = (
    ("ratelimit-remaining", "ratelimit-reset"),
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("x-rate-limit-remaining", "x-rate-limit-reset"),
)

FIELDS: Final = frozenset({_JOINED, *(name for pair in _PAIRS for name in pair)})
"""All fields that tell of quotas, in lower case."""

_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")
_LEAST_TIME: Final = 1e9
"""A reset of so many seconds is a Unix time: nobody means thirty years."""
_LEAST_MILLISECONDS: Final = 1e12
"""And this is one in milliseconds."""
_LONGEST: Final = 31 * 86_400.0
"""No quota lasts longer than a month: whoever says so is not understood."""


def used_up_for(fields: Mapping[str, str], unix: float) -> float | None:
    """Return the seconds from the Unix time `unix` for which a quota is used up, the longest of several.

    None where none is, or nobody says until when.
    """
    waits = [
        wait
        for remaining, reset in _quotas(fields)
        if _number(remaining) == 0 and (wait := _seconds(reset, unix)) is not None
    ]
    return max(waits, default=None)


def _quotas(fields: Mapping[str, str]) -> Iterator[tuple[str | None, str | None]]:
    """Yield what is left of each quota, and when it is whole again."""
    for remaining, reset in _PAIRS:
        yield fields.get(remaining), fields.get(reset)
    members = split(fields.get(_JOINED, ""), ",")
    older = dict(filter(None, map(parameter, members)))
    yield older.get("remaining"), older.get("reset")
    for member in members:
        named = dict(filter(None, map(parameter, split(member, ";")[1:])))
        yield named.get("r"), named.get("t")


def _number(text: str | None) -> float | None:
    found = None if text is None else _NUMBER.fullmatch(text.strip(" \t"))
    return None if found is None else float(found[0])


def _seconds(text: str | None, unix: float) -> float | None:
    reset = _number(text)
    if reset is None:
        return None
    if reset >= _LEAST_TIME:
        reset = max(0.0, (reset / 1000 if reset >= _LEAST_MILLISECONDS else reset) - unix)
    return reset if reset <= _LONGEST else None
