"""Makes of heads and of what is known of the way what a person or program wants to know of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from rheo.domain.connections import Connections, ConnectionsReason
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import CodedBodyError, RheoError
from rheo.domain.information import Information
from rheo.domain.resource import Resource
from rheo.domain.result import Redirect
from rheo.domain.set_cookie import parse_set_cookie
from rheo.domain.settings import Settings
from rheo.domain.url import Url
from rheo.engine.answers.content import to_unpack
from rheo.engine.answers.gatekeeper import Refuse, Take, Verdict
from rheo.engine.answers.refusals import meaning_of
from rheo.engine.names.destination import name_for
from rheo.engine.planning.widening import connections_for
from rheo.transport.base import Head, Outcome
from rheo.transport.digest_fields import announced_digests
from rheo.transport.headers import parse_http_date

_MOST_COOKIES: Final = 50
"""Names that are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a probe found."""

    request: DownloadRequest
    settings: Settings
    """As they are for the host that answered last."""
    start: Url
    """What was asked first."""
    final: Url
    """What was asked last."""
    heads: Sequence[Head]
    """Of all answers, in order; the last one is looked at."""
    verdict: Verdict | None
    """What the last answer is; None where that is `error`'s to say."""
    error: RheoError | None
    """What went wrong where the verdict does not say it."""
    outcome: Outcome
    """Of the last request."""
    verified: bool
    """Whether its server's certificate was, if it showed one."""
    redirects: tuple[Redirect, ...]
    proxy: str | None
    hsts: bool
    http3: tuple[str, int] | None


def information_of(facts: Facts) -> Information:
    """Return what the facts mean."""
    if facts.error is not None or not isinstance(facts.verdict, Take):
        return replace(_of_the_way(facts), error=facts.error or _refusal(facts.verdict))
    head, resource = facts.heads[-1], facts.verdict.resource
    name, source = name_for(facts.request, head, final=facts.final)
    return replace(
        _of_the_way(facts),
        error=_coded(head, name),
        size=resource.size,
        name=name,
        name_source=source,
        ranges=resource.ranged,
        etag=resource.etag,
        etag_is_strong=resource.etag is not None and resource.validator == resource.etag,
        last_modified=_time(resource.last_modified),
        last_modified_is_strong=resource.date_is_strong,
        digests=announced_digests(head.fields),
        connections=_connections(facts, resource),
    )


def _of_the_way(facts: Facts) -> Information:
    """Return what is known even where there is no file."""
    head, outcome = facts.heads[-1], facts.outcome
    return Information(
        url=facts.request.url.text,
        final_url=facts.final.text,
        redirects=facts.redirects,
        upgraded=facts.start != facts.request.url,
        status=head.status,
        meaning=meaning_of(head.status),
        content_type=head.fields.get("content-type"),
        http_version=head.version,
        tls=outcome.tls,
        insecure=outcome.tls is not None and not facts.verified,
        server=head.fields.get("server"),
        address=outcome.address,
        port=outcome.port,
        proxy=facts.proxy,
        timings=outcome.timings,
        hsts=facts.hsts,
        http3=facts.http3,
        cookies=tuple(dict.fromkeys(_cookie_names(facts.heads)))[:_MOST_COOKIES],
        connections=Connections(0, ConnectionsReason.NO_FILE),
    )


def _connections(facts: Facts, resource: Resource) -> Connections:
    if not facts.request.http.ranged:
        return Connections(1, ConnectionsReason.ONE_STREAM)
    return connections_for(resource, facts.settings)


def _refusal(verdict: Verdict | None) -> RheoError | None:
    return verdict.error if isinstance(verdict, Refuse) else None


def _coded(head: Head, name: str) -> CodedBodyError | None:
    """Return the error of a body that is not the file as it is."""
    try:
        to_unpack(head, name, asked=None)
    except CodedBodyError as error:
        return error
    return None


def _time(written: str | None) -> datetime | None:
    return None if written is None else parse_http_date(written)


def _cookie_names(heads: Iterable[Head]) -> Iterator[str]:
    """Yield the names of cookies, and nothing of their values: those are secrets."""
    for head in heads:
        found = (parse_set_cookie(line) for line in head.fields.get("set-cookie", "").split("\n"))
        yield from (cookie.name for cookie in found if cookie is not None and cookie.name)
