"""The one gatekeeper: which bytes of an answer may be written where (invariant 1), from its head alone.

Whatever is not `Take` writes nothing. The body's length is the transport's to count: an answer that ends early is
an error there, and one that goes on too long is cut off by the planner.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from rheo.domain.errors import CodedBodyError, NoFileError, RangeMismatchError, RheoError
from rheo.domain.resource import Likeness, Resource, compare
from rheo.domain.text import printable
from rheo.domain.url import Url
from rheo.engine.answers.content import coding_of
from rheo.engine.answers.range_refusal import OF_THE_RANGE
from rheo.engine.answers.redirects import REDIRECTS, follow
from rheo.engine.answers.refusals import refusal_of
from rheo.transport.base import Head
from rheo.transport.headers import content_length, media_type, parse_content_range, parse_http_date

OK: Final = 200
PARTIAL: Final = 206
UNSATISFIABLE: Final = 416
NOT_MODIFIED: Final = 304

_EARLIER_MOST: Final = 1024 * 1024
"""Bytes by which an answer may begin before what was asked, as block-aligned caches do; it must then end where asked:
one that is shifted is a lie."""

_STRONG_AGE: Final = 60.0
"""Seconds between Last-Modified and Date from which no second version can bear the same date (RFC 9110, 8.8.2.2)."""

_PAGES: Final = frozenset({"text/html", "application/xhtml+xml", "application/json", "application/problem+json"})
"""What logins, portals and errors come as."""


class Ask(NamedTuple):
    """What one request asks for."""

    url: Url
    start: int = 0
    stop: int | None = None
    """None: as far as the file goes."""
    ranged: bool = True
    """False asks without a Range: for the whole file."""
    coding: str | None = None
    """What the body may be coded with, to be unpacked; None: nothing, the file as it is."""
    unless: tuple[str, str] | None = None
    """The header that asks for nothing where the version that we have is still the one (RFC 9110, 13.1)."""
    opening: bool = False
    """Whether it is the first request of a run: then a refusal may be of the Range, and not of the file."""


class Take(NamedTuple):
    """The body's bytes belong at `start`, after `skipped` ones that nobody asked for."""

    start: int
    stop: int | None
    """None where only the end of the body says where it is."""
    resource: Resource
    skipped: int = 0


class Follow(NamedTuple):
    """The file is elsewhere."""

    url: Url
    status: int


class Plainly:
    """Ask once more, without a Range."""


class Whole(NamedTuple):
    """The whole file comes, though a part of it was asked for: the server ranges not, or has another version."""

    resource: Resource
    likeness: Likeness
    """To what is known."""


class Changed(NamedTuple):
    """The bytes are perhaps, or surely, of another version than those that are known."""

    resource: Resource
    certain: bool
    """False where only the validator differs: edges of one network may name the same file differently."""


class Unchanged:
    """The version that we have is still the one."""


class Refuse(NamedTuple):
    """There are no bytes; the body, if any, explains and is dropped."""

    error: RheoError


Verdict = Take | Follow | Plainly | Whole | Changed | Unchanged | Refuse


def judge(ask: Ask, head: Head, known: Resource | None, now: Callable[[], datetime]) -> Verdict:
    """Return what the answer to `ask` is; `known` is what earlier answers said, None where there were none.

    Raises ProtocolError or RedirectError where the answer contradicts itself.
    """
    status = head.status
    if status == PARTIAL and ask.ranged:
        return _partial(ask, head, known)
    if status == OK:
        return _whole(ask, head, known)
    if status in REDIRECTS:
        return Follow(follow(ask.url, head), status)
    if status == UNSATISFIABLE and ask.ranged:
        verdict = _unsatisfiable(head, known)
        if verdict is not None:
            return verdict
    if status in OF_THE_RANGE and ask.opening and ask.ranged:
        return Plainly()
    asked = status == NOT_MODIFIED and ask.unless is not None
    return Unchanged() if asked else Refuse(refusal_of(ask.url, head, now))


def resource_of(head: Head, *, size: int | None, ranged: bool) -> Resource:
    """Return what a head says about the file."""
    fields = head.fields
    etag, last_modified = fields.get("etag"), fields.get("last-modified")
    strong = etag is not None and not etag.startswith("W/")
    return Resource(
        size=size,
        etag=etag,
        last_modified=last_modified,
        date_is_strong=not strong and last_modified is not None and _is_old(last_modified, fields.get("date")),
        content_type=fields.get("content-type"),
        ranged=ranged and coding_of(head) is None,  # what is coded on the way is never ranged
    )


def _whole(ask: Ask, head: Head, known: Resource | None) -> Verdict:
    resource = resource_of(head, size=content_length(head), ranged=False)
    if known is None:
        return Take(0, resource.size, resource)
    if coding_of(head) is not None:
        resource = replace(resource, size=None)  # that of the coded bytes says nothing of the file
    page = _page_instead(ask, head, known)
    if page is not None and not ask.opening:
        return Refuse(page)
    return Whole(resource, compare(known, resource))


def _partial(ask: Ask, head: Head, known: Resource | None) -> Verdict:
    written = head.fields.get("content-range", "")
    found = parse_content_range(written)
    if found is None or found.span is None or (known is None and found.total is None):
        return _misranged(ask, "tells not which bytes it sends", written)
    start, stop = found.span
    skipped = ask.start - start
    beyond = ask.stop is not None and stop > ask.stop
    short = stop != (found.total if ask.stop is None else ask.stop)
    if not 0 <= skipped <= _EARLIER_MOST or stop <= ask.start or beyond or (skipped and short):
        return _misranged(ask, f"sends other bytes than {_asked(ask)}", written)
    length = content_length(head)
    if length is not None and length != stop - start:
        return _misranged(ask, f"announces {length} bytes for another range", written)
    resource = resource_of(head, size=found.total, ranged=True)
    if known is not None:
        likeness = compare(known, resource)
        foreign = _page_instead(ask, head, known) or _coded(ask, head)
        if foreign is not None and likeness is not Likeness.OTHER:
            return Refuse(foreign)
        if likeness is not Likeness.SAME:
            return Changed(resource, certain=likeness is Likeness.OTHER)
    return Take(ask.start, stop, resource, skipped)


def _unsatisfiable(head: Head, known: Resource | None) -> Verdict | None:
    """Return what a 416 says by its total; None where it says nothing that helps."""
    found = parse_content_range(head.fields.get("content-range", ""))
    if found is None or found.span is not None:
        return None
    resource = resource_of(head, size=found.total, ranged=True)
    if known is not None:
        return Changed(resource, certain=True) if found.total not in {None, known.size} else None
    return Take(0, 0, resource) if found.total == 0 else None


def _misranged(ask: Ask, what: str, written: str) -> Verdict:
    if ask.opening:
        return Plainly()
    answer = f" ({printable(written[:80])})" if written else ""
    return Refuse(RangeMismatchError(f"{ask.url.origin} {what}{answer}"))


def _page_instead(ask: Ask, head: Head, known: Resource) -> NoFileError | None:
    """Return the error of a web page, or JSON, in the place of a later part of something else."""
    content_type = head.fields.get("content-type")
    if content_type is None or media_type(content_type) not in _PAGES:
        return None
    if known.content_type is not None and media_type(known.content_type) == media_type(content_type):
        return None
    kind = printable(media_type(content_type))
    sentence = f"{ask.url.origin} sends {kind} in the place of the file's rest: perhaps a login, or an error"
    return NoFileError(sentence, page=True)


def _coded(ask: Ask, head: Head) -> CodedBodyError | None:
    coding = coding_of(head)
    if coding is None:
        return None
    return CodedBodyError(f"{ask.url.origin} sends a part of the file coded as {printable(coding[:40])}, unasked")


def _is_old(last_modified: str, date: str | None) -> bool:
    modified, sent = parse_http_date(last_modified), parse_http_date(date or "")
    return modified is not None and sent is not None and (sent - modified).total_seconds() >= _STRONG_AGE


def _asked(ask: Ask) -> str:
    return f"{ask.start}-{'' if ask.stop is None else ask.stop - 1}"
