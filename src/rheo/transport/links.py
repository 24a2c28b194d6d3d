"""What a head's Link fields say of other homes of the file, and of a Metalink for it (RFC 8288; RFC 6249, 2 to 4).

All of it is text from strangers: reading is linear and capped, and what is odd is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from rheo.domain.errors import InvalidUrlError
from rheo.domain.field_values import parameter, split
from rheo.domain.metalink.types import METALINK_TYPES
from rheo.domain.metalink.values import LAST_PRIORITY
from rheo.domain.url import Url
from rheo.transport.headers import media_type

MOST_LINKS: Final = 200
"""Links of one head that are looked at."""
_LONGEST_TARGET: Final = 8 * 1024
_LONGEST_LOCATION: Final = 40

_BETWEEN: Final = re.compile(r"[\s,]*+")
_REST: Final = re.compile(r'(?:[^",]++|"(?:[^"\\]++|\\.)*+"?+)*+', re.DOTALL)  # an open quote takes the rest
_PRIORITY: Final = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """Another home of the same file (RFC 6249, 3)."""

    url: Url
    priority: int = LAST_PRIORITY
    """1 is the best."""
    location: str | None = None
    """The country that it is in, as written; None where nobody says."""
    preferred: bool = False
    """Whether its ETags, or its digests, are said to be those of the server that told us (RFC 6249, 3.4)."""


def duplicates(fields: Mapping[str, str], url: Url) -> tuple[Duplicate, ...]:
    """Return the other homes of what `url` answered with these fields, the best first and each once."""
    found: dict[Url, Duplicate] = {}
    for target, said in _links(fields, "duplicate"):
        other = _resolved(target, url)
        if other is None or other == url.public:
            continue
        priority = said.get("pri", "")
        one = Duplicate(
            url=other,
            priority=int(priority) if _PRIORITY.fullmatch(priority) else LAST_PRIORITY,
            location=said.get("geo", "").strip()[:_LONGEST_LOCATION] or None,
            preferred="pref" in said,
        )
        if other not in found or one.priority < found[other].priority:
            found[other] = one
    return tuple(sorted(found.values(), key=lambda one: one.priority))


def metalinks(fields: Mapping[str, str], url: Url) -> tuple[Url, ...]:
    """Return where Metalinks of what `url` answered are, in their order and each once (RFC 6249, 4)."""
    targets = (
        target for target, said in _links(fields, "describedby") if media_type(said.get("type", "")) in METALINK_TYPES
    )
    found = (_resolved(target, url) for target in targets)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _links(fields: Mapping[str, str], relation: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield target and parameters of the links of a relation; those from another resource are none of ours."""
    for target, written in islice(_written(fields.get("link", "")), MOST_LINKS):
        said = _parameters(written)
        if relation in said.get("rel", "").lower().split() and "anchor" not in said:
            yield target, said


def _written(value: str) -> Iterator[tuple[str, str]]:
    """Yield what stands between `<` and `>`, where commas separate nothing, and what follows up to the next link."""
    position = 0
    while position < len(value):
        position = _end(_BETWEEN, value, position)
        target = None
        if value.startswith("<", position):
            closed = value.find(">", position)
            if closed < 0:
                return
            target, position = value[position + 1 : closed], closed + 1
        end = _end(_REST, value, position)
        if target is not None and len(target) <= _LONGEST_TARGET:
            yield target, value[position:end]
        position = end + 1


def _end(pattern: re.Pattern[str], value: str, position: int) -> int:
    found = pattern.match(value, position)
    assert found is not None  # it may be empty
    return found.end()


def _parameters(written: str) -> dict[str, str]:
    """Return the parameters by name in lower case; of several the first counts (RFC 8288, 3.3), no value is empty."""
    said: dict[str, str] = {}
    for piece in split(written, ";"):
        found = parameter(piece)
        if found is not None:
            said.setdefault(found[0].lower(), found[1] or "")
    return said


def _resolved(target: str, base: Url) -> Url | None:
    try:
        return base.join(target.strip())
    except InvalidUrlError:
        return None
