"""Asks the caller's own function for a token, on a thread that may hang: it is a daemon, and nobody waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from rheo.domain.errors import UsageError
from rheo.domain.login import check_token
from rheo.domain.secret import Secret


async def token_of(function: Callable[[], str], *, patience: float) -> Secret:
    """Return the token that the function gives within so many seconds, or raise UsageError."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Secret] = loop.create_future()
    threading.Thread(target=_ask, args=(function, loop, answer), name="rheo token", daemon=True).start()
    try:
        async with asyncio.timeout(patience):
            return await answer
    except TimeoutError:
        raise UsageError(f"the function that gives the token gave none within {patience:g} s") from None


def _ask(function: Callable[[], str], loop: asyncio.AbstractEventLoop, answer: asyncio.Future[Secret]) -> None:
    """Call the function, on its thread."""
    token, error = None, None
    try:
        token = _called(function)
    except UsageError as failure:
        error = failure
    try:
        loop.call_soon_threadsafe(_tell, answer, token, error)
    except RuntimeError:
        return  # the loop closed meanwhile: nobody waits for the token any more


def _called(function: Callable[[], str]) -> Secret:
    try:
        token = function()
    except Exception as failure:  # whatever it is, the caller's code is to be told of, and may have the secret in it
        raise UsageError(f"the function that gives the token failed: {type(failure).__name__}") from failure
    if not isinstance(token, str):
        raise UsageError(f"the function that gives the token gave a {type(token).__name__}, not a str")
    secret = Secret(token, what="token")
    check_token(secret)
    return secret


def _tell(answer: asyncio.Future[Secret], token: Secret | None, error: UsageError | None) -> None:
    if answer.done():
        return
    if token is not None:
        answer.set_result(token)
    elif error is not None:
        answer.set_exception(error)
