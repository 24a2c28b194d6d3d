"""New links for old ones: as a caller gives them, or as a caller's function or program answers when it is asked."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Final, cast

from rheo.domain.errors import UsageError
from rheo.domain.login import Login
from rheo.domain.secret import Secret
from rheo.domain.url import parse_url
from rheo.wishes.http import Pairs, sendable

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop  # loaded where a coroutine function is given

    from rheo.domain.link import DeadLink, Link, Refresher  # loaded where a link died

Found = str | tuple[str, Pairs] | None
"""A new URL, perhaps with headers for its origin; None: nothing was found."""

Refresh = Callable[["DeadLink"], Found | Awaitable[Found]]

_PAIR: Final = 2
_FUNCTION: Final = "the function that refreshes links"


def link_from(url: str, headers: Pairs = ()) -> Link:
    """Return a link; raises UsageError for what can be no URL or header."""
    from rheo.domain.link import Link  # noqa: PLC0415  (few links die)

    parsed = parse_url(url)
    login = None
    if parsed.credentials is not None:
        user, password = parsed.credentials
        login = Login(user, Secret(password, what="password"))
    return Link(url=parsed.public, headers=sendable(headers), login=login)


def refresher_from(function: Refresh | None, command: str | None) -> Refresher | None:
    """Return who finds new links: the function, else the program; None for nobody. Raises UsageError for what is none.

    A coroutine function is to run on the loop that runs now.
    """
    if function is not None:
        return _function(function)
    return None if command is None else _program(command)


class Function:
    """A function of the caller's that finds new links."""

    def __init__(self, function: Refresh, loop: AbstractEventLoop | None) -> None:
        """`loop` is where a coroutine function runs; None for a plain function, which gets a thread of its own."""
        self._function = function
        self._loop = loop

    async def find(self, dead: DeadLink, *, patience: float) -> Link | None:
        """Return the new link, None where there is none; raises UsageError, after `patience` seconds at the latest."""
        from rheo.engine.retries.refresh_function import answer_on_loop, answer_on_thread  # noqa: PLC0415  (hardly ever)

        if self._loop is None:
            found = await answer_on_thread(self._function, dead, patience=patience)
        else:
            function = cast("Callable[[DeadLink], Awaitable[object]]", self._function)
            found = await answer_on_loop(function, dead, self._loop, patience=patience)
        return _link(found, _FUNCTION)


class Program:
    """A program of the user's that finds new links: JSON goes in, a URL or JSON comes out."""

    def __init__(self, words: list[str]) -> None:
        self._words = words

    async def find(self, dead: DeadLink, *, patience: float) -> Link | None:
        """Return the new link, None where there is none; raises UsageError, after `patience` seconds at the latest."""
        import json  # noqa: PLC0415  (hardly ever)

        from rheo.engine.retries.refresh_command import answer_of  # noqa: PLC0415

        text = await answer_of(self._words, json.dumps(asdict(dead)).encode(), patience=patience)
        return _link(_read(text), "refresh_command")


def _function(function: Refresh) -> Refresher:
    if not callable(function):
        raise UsageError(f"refresh must be a function, not a {type(function).__name__}")
    if not any(map(inspect.iscoroutinefunction, (function, getattr(function, "__call__", None)))):  # noqa: B004
        return Function(function, None)
    from asyncio import get_running_loop  # noqa: PLC0415  (a command needs no loop here)

    return Function(function, get_running_loop())


def _program(command: str) -> Refresher:
    from shlex import split  # noqa: PLC0415  (few have one)
    from shutil import which  # noqa: PLC0415

    words = split(command)
    if which(words[0]) is None:
        raise UsageError(f"refresh_command: there is no program {words[0]} that can be run")
    return Program(words)


def _read(text: str) -> object:
    """Return what a program answered: a URL as it stands, or what JSON says; None for nothing."""
    stripped = text.strip()
    if not stripped.startswith("{"):
        return stripped or None
    import json  # noqa: PLC0415  (hardly ever)

    try:
        answer = json.loads(stripped)
    except (ValueError, RecursionError):
        raise UsageError("refresh_command answered what begins as JSON and is none") from None
    url, headers = answer.get("url"), answer.get("headers")
    return url if headers is None else (url, headers)


def _link(found: object, who: str) -> Link | None:
    """Return what was found as a link; raises UsageError, which repeats nothing of it."""
    if found is None:
        return None
    url, headers = found if isinstance(found, tuple) and len(found) == _PAIR else (found, ())
    if not isinstance(url, str) or "\n" in url:
        raise UsageError(f"{who} gave no URL, nor a URL and headers")
    try:
        return link_from(url, headers)
    except (UsageError, TypeError) as wrong:
        why = wrong.message if isinstance(wrong, UsageError) else "its headers are no names and values"
        raise UsageError(f"{who} gave what cannot be used: {why}") from None
