"""How the server of a case behaves: a test file's routes, of which the first is the one to ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from http import HTTPStatus
from itertools import islice
from typing import Final

from rheo.selftest.content import BLOCK, Content
from rheo.selftest.server import Answer, Route, Routes

PAUSE: Final = 0.15
"""Seconds between two pieces of a slow file."""


def at_once(content: Content) -> Routes:
    """Send the file under its name."""
    return {f"/{content.name}": lambda _: _whole(content)}


def redirected(content: Content) -> Routes:
    """Send the file behind three redirects, each to another form of reference (RFC 3986, 4.2)."""
    return {
        f"/{content.name}": lambda _: _redirect(HTTPStatus.FOUND, "/moved/once"),
        "/moved/once": lambda _: _redirect(HTTPStatus.MOVED_PERMANENTLY, "?twice"),
        "/moved/once?twice": lambda _: _redirect(HTTPStatus.TEMPORARY_REDIRECT, "../here"),
        "/here": lambda _: _whole(content),
    }


def slowly(content: Content) -> Routes:
    """Send the file in pieces, with pauses between them."""
    return {f"/{content.name}": lambda _: replace(_whole(content), pause=PAUSE)}


def unavailable_once(content: Content) -> Routes:
    """Refuse the first request with 503, and send the file to the next one."""
    refusal = Answer(status=HTTPStatus.SERVICE_UNAVAILABLE, fields=(("Retry-After", "0"),))
    return {f"/{content.name}": lambda visits: _whole(content) if visits else refusal}


def cut_once(content: Content) -> Routes:
    """Cut the first connection in the middle of the file, and send the whole to the next one."""
    return {f"/{content.name}": lambda visits: _whole(content) if visits else _half(content)}


def misnamed(content: Content) -> Routes:
    """Send the file under a name that leads two folders up."""
    upwards = ("Content-Disposition", f'attachment; filename="../../{content.name}"')
    return {"/download?id=7": lambda _: replace(_whole(content), fields=(upwards,))}


def flawed(routes: Routes) -> Routes:
    """Return the same routes with one bit of each body turned on the wire."""
    return {target: _flawed(route) for target, route in routes.items()}


def _whole(content: Content) -> Answer:
    return Answer(length=content.size, body=content.blocks())


def _half(content: Content) -> Answer:
    return replace(_whole(content), body=islice(content.blocks(), content.size // BLOCK // 2))


def _redirect(status: HTTPStatus, location: str) -> Answer:
    return Answer(status=status, fields=(("Location", location),))


def _flawed(route: Route) -> Route:
    def answer(visits: int) -> Answer:
        sound = route(visits)
        return replace(sound, body=_turned(sound.body))

    return answer


def _turned(body: Iterable[bytes]) -> Iterator[bytes]:
    for number, piece in enumerate(body):
        yield piece if number else bytes([piece[0] ^ 1]) + piece[1:]
