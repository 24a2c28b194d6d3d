"""When a URL says that its time is over, and which refusals mean that a link has died rather than never lived."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

from rheo.domain.errors import HttpStatusError, NoFileError, RheoError
from rheo.domain.url import Url

FORGOTTEN: Final = frozenset({401, 403, 410})
"""What a server says to a link or a login whose time is over."""

_MISSING: Final = 404
_BAD: Final = 400

_TIMES: Final = frozenset({"expires", "exp", "se"})
"""Parameters that have the time itself: of S3 and CloudFront, of many makers of tokens, of Azure."""

_DURATIONS: Final = {"x-amz-expires": "x-amz-date", "x-goog-expires": "x-goog-date"}
"""Parameters that have seconds, and those that say since when."""

_MOST_QUERY: Final = 16 * 1024
_MOST_FIELDS: Final = 200
_SECONDS: Final = re.compile(r"[0-9]{1,9}")
_EPOCH: Final = re.compile(r"([0-9]{10})(?:[0-9]{3}|\.[0-9]{1,9})?")
"""Seconds since 1970, perhaps with thousandths: of this century and the next, so that no other number is a time."""


def expiry_of(url: Url) -> datetime | None:
    """Return when a URL says that its time is over, the earliest where it says several; None where it says nothing.

    It is the word of whoever signed it, and our clock may be wrong: worth a look elsewhere, and never a refusal.
    """
    query = url.target.partition("?")[2]
    if not query or len(query) > _MOST_QUERY:
        return None
    try:
        pairs = parse_qsl(query, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None
    return min(_times({name.lower(): value for name, value in pairs}), default=None)


def is_over(url: Url, now: datetime) -> bool:
    """Whether a URL says that its time is over."""
    expiry = expiry_of(url)
    return expiry is not None and expiry <= now


def has_died(error: RheoError, *, worked: bool, over: bool, expected: bool) -> bool:
    """Whether an error looks like that of a link that worked once.

    `worked` says that it brought bytes before, `over` that it says itself that its time is over, and `expected` that
    somebody said that it may die. A page in the place of the file's rest comes only where there was a file.
    """
    if isinstance(error, NoFileError):
        return error.page
    if not isinstance(error, HttpStatusError):
        return False
    if error.status in FORGOTTEN:
        return worked or over or expected
    return (error.status == _MISSING and (worked or over)) or (error.status == _BAD and over)


def _times(given: dict[str, str]) -> Iterator[datetime]:
    """Yield every time at which one of these parameters says that it ends."""
    for name in _TIMES & given.keys():
        yield from _found(_time(given[name]))
    for name, since in _DURATIONS.items():
        if name in given:
            yield from _found(_end(given.get(since, ""), given[name]))
    if "policy" in given:
        yield from _found(_policy_end(given["policy"]))


def _found(time: datetime | None) -> Iterator[datetime]:
    if time is not None:
        yield time


def _time(text: str) -> datetime | None:
    """Return a time that is written as seconds since 1970, or as ISO 8601 has it."""
    epoch = _EPOCH.fullmatch(text)
    if epoch is not None:
        return datetime.fromtimestamp(int(epoch[1]), UTC)
    if "-" not in text and "T" not in text:
        return None  # some other number, of which ISO 8601 would make a day
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _end(since: str, seconds: str) -> datetime | None:
    begin = _time(since)
    if begin is None or _SECONDS.fullmatch(seconds) is None:
        return None
    try:
        return begin + timedelta(seconds=int(seconds))
    except OverflowError:
        return None


def _policy_end(written: str) -> datetime | None:
    """Return when one of CloudFront's own policies ends: JSON in base64 with its odd letters."""
    import json  # noqa: PLC0415  (few links have one)

    try:
        policy = json.loads(b64decode(written.translate(_CLOUDFRONT), validate=True))
    except (ValueError, RecursionError):
        return None
    statement = _inner(_first(_inner(policy, "Statement")), "Condition")
    return _time(str(_inner(_inner(statement, "DateLessThan"), "AWS:EpochTime")))


_CLOUDFRONT: Final = str.maketrans("-_~", "+=/")


def _inner(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None
