"""What the command says of a file that was asked for and not fetched: aligned lines for people, facts for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from rheo.cli.presenters.json_lines import error_facts, utc
from rheo.cli.wording import reason, steps
from rheo.domain.authority import bracketed
from rheo.domain.connections import ConnectionsReason
from rheo.domain.errors import RheoError
from rheo.domain.information import Information
from rheo.domain.naming import NameSource
from rheo.domain.result import Redirect
from rheo.domain.text import printable
from rheo.domain.tls_session import Certificate, TlsSession
from rheo.domain.units import format_duration, format_size

Row = tuple[str, str]

_WIDTH: Final = 11
_SHOWN_NAMES: Final = 8
"""Names of a certificate that are told; some have hundreds."""

_NAMED_BY: Final = {
    NameSource.HEADER: "from the server's Content-Disposition",
    NameSource.URL: "from the URL",
    NameSource.REDIRECT: "from the URL that the last redirect led to",
    NameSource.TYPE: "as nobody names it",
}
_BECAUSE: Final = {
    ConnectionsReason.ROUNDS: "as many as bring more",
    ConnectionsReason.WISHED: "as the settings say",
    ConnectionsReason.NO_RANGES: "the server does not serve parts of it",
    ConnectionsReason.UNKNOWN_SIZE: "the server does not say how large it is",
    ConnectionsReason.SMALL: "it is too small to be split",
    ConnectionsReason.ONE_STREAM: "what answers this method comes in one stream",
    ConnectionsReason.NO_FILE: "there is no file to fetch",
}


def lines(information: Information) -> list[str]:
    """Return what people read; nothing of it can steer a terminal."""
    rows = [f"  {title:<{_WIDTH}}  {printable(value)}" for title, value in _rows(information)]
    return [printable(information.url), *rows]


def facts(information: Information) -> dict[str, Any]:
    """Return what programs read. Names are stable; sizes are bytes, durations seconds, times UTC."""
    one = information
    return {
        "type": "information",
        "url": one.url,
        "final_url": one.final_url,
        "redirects": [asdict(redirect) for redirect in one.redirects],
        "upgraded": one.upgraded,
        "status": one.status,
        "meaning": one.meaning,
        "error": None if one.error is None else error_facts(one.error),
        "size": one.size,
        "content_type": one.content_type,
        "name": one.name,
        "name_source": None if one.name_source is None else one.name_source.value,
        "ranges": one.ranges,
        "etag": one.etag,
        "etag_is_strong": one.etag_is_strong,
        "last_modified": _utc(one.last_modified),
        "last_modified_is_strong": one.last_modified_is_strong,
        "digests": [asdict(digest) for digest in one.digests],
        "http_version": one.http_version,
        "tls": None if one.tls is None else _tls_facts(one.tls),
        "insecure": one.insecure,
        "server": one.server,
        "address": one.address,
        "port": one.port,
        "proxy": one.proxy,
        "timings": asdict(one.timings),
        "hsts": one.hsts,
        "http3": None if one.http3 is None else {"host": one.http3[0], "port": one.http3[1]},
        "cookies": list(one.cookies),
        "connections": {"most": one.connections.most, "reason": one.connections.reason.value},
    }


def _tls_facts(tls: TlsSession) -> dict[str, Any]:
    certificate = tls.certificate
    return {
        "version": tls.version,
        "cipher": tls.cipher,
        "certificate": None
        if certificate is None
        else {
            "subject": certificate.subject,
            "issuer": certificate.issuer,
            "names": list(certificate.names),
            "valid_from": _utc(certificate.valid_from),
            "valid_until": _utc(certificate.valid_until),
        },
    }


def _utc(time: datetime | None) -> str | None:
    return None if time is None else utc(time)


def _rows(one: Information) -> Iterator[Row]:
    if one.upgraded:
        yield "https", "asked in the place of http, as the host wished (HSTS)"
    yield from (("redirect", _redirect(redirect)) for redirect in one.redirects)
    if one.final_url != one.url:
        yield "final URL", one.final_url
    yield "status", f"{one.status}: {one.meaning}"
    if one.error is not None:
        yield "download", f"would fail: {reason(one.error, url=one.final_url)}{_wait(one.error)}"
    yield from _of_the_file(one)
    yield from _of_the_connection(one)
    if one.hsts:
        yield "HSTS", "the host wants to be asked over https only"
    if one.http3 is not None:
        yield "HTTP/3", f"at {_place(*one.http3)}"
    if one.cookies:
        yield "cookies", f"sets {', '.join(one.cookies)}"
    several = one.connections.reason is ConnectionsReason.ROUNDS
    yield "connections", f"{'up to ' if several else ''}{one.connections.most}: {_BECAUSE[one.connections.reason]}"


def _of_the_file(one: Information) -> Iterator[Row]:
    if one.name is not None:
        yield "size", "unknown" if one.size is None else _size(one.size)
    if one.content_type is not None:
        yield "type", one.content_type
    if one.name is None or one.name_source is None:
        return
    yield "name", f"{one.name}, {_NAMED_BY[one.name_source]}"
    yield "ranges", "served" if one.ranges else "not served"
    if one.etag is not None:
        yield "ETag", f"{one.etag}, {_strength(strong=one.etag_is_strong)}"
    if one.last_modified is not None:
        strength = "" if one.etag_is_strong else f", {_strength(strong=one.last_modified_is_strong)}"
        yield "modified", f"{_written(one.last_modified)}{strength}"
    for digest in one.digests:
        yield "digest", f"{digest.algorithm} {digest.digest}, announced by {digest.field}, not verified"


def _of_the_connection(one: Information) -> Iterator[Row]:
    yield "protocol", f"HTTP/{one.http_version}"
    if one.tls is not None:
        yield "TLS", ", ".join(part for part in (one.tls.version, one.tls.cipher) if part) or "yes"
        if one.tls.certificate is not None:
            yield from _of_the_certificate(one.tls.certificate, insecure=one.insecure)
    if one.server is not None:
        yield "server", one.server
    if one.address is not None:
        yield "address", one.address if one.port is None else _place(one.address, one.port)
    if one.proxy is not None:
        yield "proxy", f"{one.proxy}, whose address this is"
    yield "time", ", ".join(steps(one.timings))


def _of_the_certificate(certificate: Certificate, *, insecure: bool) -> Iterator[Row]:
    verified = "NOT VERIFIED, as was wished" if insecure else "verified"
    yield "certificate", f"{certificate.subject or 'of nobody'}, {verified}"
    yield "  issuer", certificate.issuer
    if certificate.names:
        more = len(certificate.names) - _SHOWN_NAMES
        shown = ", ".join(certificate.names[:_SHOWN_NAMES])
        yield "  for", f"{shown} and {more} more" if more > 0 else shown
    if certificate.valid_from is not None and certificate.valid_until is not None:
        yield "  valid", f"{_written(certificate.valid_from)} to {_written(certificate.valid_until)}"


def _wait(error: RheoError) -> str:
    asked = error.retry_after
    return "" if asked is None else f"; the server asks to wait {format_duration(asked)}"


def _redirect(redirect: Redirect) -> str:
    withheld = f"; not sent there: {', '.join(redirect.withheld)}" if redirect.withheld else ""
    return f"{redirect.status} to {redirect.url}{withheld}"


def _size(size: int) -> str:
    written = format_size(size)
    return written if written == f"{size} B" else f"{written} ({size} bytes)"


def _strength(*, strong: bool) -> str:
    return "which pins the version" if strong else "which does not pin the version"


def _place(host: str, port: int) -> str:
    return f"{bracketed(host)}:{port}"


def _written(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"
