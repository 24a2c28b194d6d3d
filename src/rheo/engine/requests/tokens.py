"""Asks the caller's own function for a token, on a thread that may hang."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rheo.domain.errors import UsageError
from rheo.domain.login import check_token
from rheo.domain.secret import Secret
from rheo.engine.daemons import answer_of


async def token_of(function: Callable[[], str], *, patience: float) -> Secret:
    """Return the token that the function gives within so many seconds, or raise UsageError."""
    try:
        return await answer_of(partial(_called, function), thread="rheo token", patience=patience)
    except TimeoutError:
        raise UsageError(f"the function that gives the token gave none within {patience:g} s") from None


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
