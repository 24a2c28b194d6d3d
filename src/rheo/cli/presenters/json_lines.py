"""One JSON object a line on standard output: for programs. Names are stable; sizes are bytes, durations seconds."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from rheo.cli.presenters.base import Ending
from rheo.cli.tally import Failure, Tally
from rheo.domain.connection_counts import ConnectionCounts
from rheo.domain.download import Wait
from rheo.domain.errors import HttpStatusError, NeedsNewUrlError, RheoError
from rheo.domain.events import (
    DeadlineEndangered,
    DownloadAdded,
    DownloadCancelled,
    DownloadCompleted,
    DownloadFailed,
    DownloadFollowed,
    DownloadPaused,
    DownloadQueued,
    DownloadRemoved,
    DownloadStarted,
    DownloadWaiting,
    Event,
    Lagged,
    ProgressSampled,
)
from rheo.domain.progress import Progress
from rheo.domain.result import DownloadResult

Facts = dict[str, Any]

WORST: Final = 10
"""Hosts that are named of which most failed."""


class JsonLines:
    """Writes each event as it comes, and a summary as the last line."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def tell(self, event: Event) -> None:
        """Write an event."""
        if isinstance(event, Lagged):
            return
        name, facts_of = _LINES[type(event)]
        _write({"type": name, "id": event.id, "time": utc(event.at), **facts_of(event)})

    def refuse(self, failure: Failure) -> None:
        """Write it."""
        _write({"type": "refused", "time": utc(failure.at), "line": failure.url, "error": error_facts(failure.error)})

    def double(self, place: str, result: DownloadResult) -> None:
        """Write it."""
        file = {"url": result.url, "path": str(result.path), "size": result.size, "skipped": result.skipped}
        _write({"type": "doubled", "time": utc(datetime.now(UTC)), "line": place, **file})

    def refresh(self, now: float) -> None:
        """Hand over what was written."""
        del now
        sys.stdout.flush()

    def end(self, ending: Ending) -> None:
        """Write the summary."""
        tally, counted = self._tally, self._tally.failure_counts
        _write(
            {
                "type": "summary",
                "time": utc(datetime.now(UTC)),
                "total": tally.total,
                "done": tally.done,
                "skipped": tally.skipped,
                "failed": tally.failed,
                "bad_lines": tally.bad_lines,
                "left": tally.left,
                "left_alone": {why.value: count for why, count in tally.listed.left_alone.items()},
                "size": tally.size,
                "seconds": ending.seconds,
                "errors": [{**kind._asdict(), "count": count} for kind, count in counted.kinds.items()],
                "worst_hosts": [{"host": host, "failed": count} for host, count in counted.worst_hosts(WORST)],
                "connections": _connections(ending.connections),
                "interrupted": ending.interrupted,
                "given_up": ending.lost,
                "exit_code": int(ending.exit_code),
            }
        )
        sys.stdout.flush()

    def close(self) -> None:
        """Do nothing: no terminal was drawn on."""


def error_facts(error: RheoError) -> Facts:
    """Return what programs are told of an error."""
    facts: dict[str, object] = {"code": error.code, "message": error.message, "retry_after": error.retry_after}
    return {**facts, "status": error.status} if isinstance(error, (HttpStatusError, NeedsNewUrlError)) else facts


def utc(at: datetime) -> str:
    """Return a time as ISO 8601 has it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _write(facts: Facts) -> None:
    sys.stdout.write(f"{json.dumps(facts)}\n")


def _connections(counts: ConnectionCounts) -> Facts:
    return {"new": counts.made, "reused": counts.reused, "refused": counts.refused}


def _progress(progress: Progress) -> Facts:
    return {
        "phase": progress.phase.value,
        "name": progress.name,
        "received": progress.received,
        "total": progress.total,
        "speed": progress.speed,
        "eta": progress.eta,
        "limited": progress.limited,
    }


def _wait(wait: Wait) -> Facts:
    until = None if wait.until is None else utc(wait.until)
    return {"reason": wait.reason.value, "until": until, "error": error_facts(wait.error)}


def _result(result: DownloadResult) -> Facts:
    return {
        "path": str(result.path),
        "size": result.size,
        "resumed": result.resumed,
        "seconds": result.seconds,
        "speed": result.average_speed,
        "url": result.url,
        "final_url": result.final_url,
        "checksums": [str(checksum) for checksum in result.checksums],
        "verification": result.verification.value,
        "trust": result.trust.value,
        "timings": asdict(result.timings),
        "content_type": result.content_type,
        "content_suspicious": result.content_suspicious,
        "sources": [asdict(source) for source in result.sources],
        "redirects": [asdict(redirect) for redirect in result.redirects],
        "proxy": result.proxy,
        "address": result.address,
        "insecure": result.insecure,
        "connections_made": result.connections_made,
        "connections_reused": result.connections_reused,
        "http_version": result.http_version,
        "first_http_version": result.first_http_version,
        "skipped": result.skipped,
        "unchanged": result.unchanged,
        "etag": result.etag,
        "last_modified": result.last_modified,
    }


def _followed(event: DownloadFollowed) -> Facts:
    return {"url": event.url, "metalink": event.metalink, "files": event.files, "notes": event.notes}


def _endangered(event: DeadlineEndangered) -> Facts:
    return {"deadline": utc(event.deadline), "expected": None if event.expected is None else utc(event.expected)}


def _nothing(_event: object) -> Facts:
    return {}


_LINES: Final[Mapping[type, tuple[str, Callable[[Any], Facts]]]] = {
    DownloadAdded: ("added", lambda event: {"url": event.url}),
    DownloadStarted: ("started", _nothing),
    ProgressSampled: ("progress", lambda event: _progress(event.progress)),
    DownloadWaiting: ("waiting", lambda event: _wait(event.wait)),
    DownloadQueued: ("queued", _nothing),
    DownloadFollowed: ("followed", _followed),
    DownloadPaused: ("paused", _nothing),
    DownloadCompleted: ("completed", lambda event: _result(event.result)),
    DownloadFailed: ("failed", lambda event: {"error": error_facts(event.error)}),
    DownloadCancelled: ("cancelled", _nothing),
    DownloadRemoved: ("removed", _nothing),
    DeadlineEndangered: ("deadline_endangered", _endangered),
}
