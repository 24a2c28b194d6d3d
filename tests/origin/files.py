"""A file served as RFC 9110 has it: ranges, validators and conditions."""

import re
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from origin.content import Content, chunks, size_of
from origin.request import Received
from origin.steps import Changes, Head, Send, Step

_RANGE: Final = re.compile(r"bytes=(?:(\d+)-(\d*)|-(\d+))")


@dataclass(frozen=True)
class File:
    """An honest file; `headers` replaces or leaves out what it would say, on every answer."""

    content: Content
    _: KW_ONLY
    etag: str | None = None  # with its quotes
    last_modified: datetime | None = None  # aware, UTC
    content_type: str = "application/octet-stream"
    ranges: bool = True  # False: a Range is ignored, the answer is 200
    headers: Changes = field(default_factory=dict)

    def __call__(self, request: Received) -> Iterator[Step]:
        size = size_of(self.content)
        if failed := self._failed_condition(request):
            return iter([self._head(failed)])
        asked = self._asked(request)
        if asked is None:
            return self._answer(HTTPStatus.OK, range(size))
        if not asked:
            return iter([self._head(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, content_range=f"bytes */{size}")])
        content_range = f"bytes {asked.start}-{asked.stop - 1}/{size}"
        return self._answer(HTTPStatus.PARTIAL_CONTENT, asked, content_range=content_range)

    def _answer(self, status: int, span: range, *, content_range: str | None = None) -> Iterator[Step]:
        yield self._head(status, length=len(span), content_range=content_range)
        for chunk in chunks(self.content, span.start, span.stop):
            yield Send(chunk)

    def _head(self, status: int, *, length: int = 0, content_range: str | None = None) -> Head:
        facts = {
            "Content-Type": self.content_type,
            "Content-Length": None if status == HTTPStatus.NOT_MODIFIED else str(length),
            "Content-Range": content_range,
            "Accept-Ranges": "bytes" if self.ranges else None,
            "ETag": self.etag,
            "Last-Modified": self._date(),
        }
        return Head(status).amended(facts).amended(self.headers)

    def _failed_condition(self, request: Received) -> int | None:
        """Return the status that a condition asks for, in the order of RFC 9110, section 13.2.2."""
        headers = request.headers
        if "if-match" in headers:
            matches = self._tagged(headers["if-match"], strongly=True)
            return None if matches else HTTPStatus.PRECONDITION_FAILED
        if "if-unmodified-since" in headers and self._newer(headers["if-unmodified-since"]):
            return HTTPStatus.PRECONDITION_FAILED
        if "if-none-match" in headers:
            return HTTPStatus.NOT_MODIFIED if self._tagged(headers["if-none-match"], strongly=False) else None
        if "if-modified-since" in headers and not self._newer(headers["if-modified-since"]):
            return HTTPStatus.NOT_MODIFIED
        return None

    def _asked(self, request: Received) -> range | None:
        """Return the one range to answer, empty if the file has no byte of it, None for the whole file."""
        match = _RANGE.fullmatch(request.headers.get("range", ""))
        if match is None or not self.ranges or not self._current(request.headers.get("if-range")):
            return None
        size = size_of(self.content)
        first, last, suffix = match.groups()
        if suffix is not None:
            return range(max(0, size - int(suffix)), size)
        return range(int(first), min(int(last) + 1, size) if last else size)

    def _current(self, validator: str | None) -> bool:
        """Return whether this If-Range holds: a weak tag never does (RFC 9110, section 13.1.5)."""
        if validator is None:
            return True
        return validator == self._date() or self._tagged(validator, strongly=True)

    def _tagged(self, tags: str, *, strongly: bool) -> bool:
        if tags.strip() == "*":
            return True
        if self.etag is None or (strongly and self.etag.startswith("W/")):
            return False
        listed = [tag.strip() for tag in tags.split(",")]
        return self.etag in listed or (not strongly and self.etag.removeprefix("W/") in _opaque(listed))

    def _newer(self, date: str) -> bool:
        return self.last_modified is None or self.last_modified.replace(microsecond=0) > parsedate_to_datetime(date)

    def _date(self) -> str | None:
        return None if self.last_modified is None else format_datetime(self.last_modified, usegmt=True)


def _opaque(tags: list[str]) -> list[str]:
    return [tag.removeprefix("W/") for tag in tags]
