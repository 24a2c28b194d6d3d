"""What may be written for the settings that are words of a form of their own."""

from __future__ import annotations

import re
import shlex
from typing import Final

from rheo.domain.addresses import parse_network
from rheo.domain.authority import MOST_PORT
from rheo.domain.errors import InvalidProxyError, RheoError
from rheo.domain.errors.base import codes_of
from rheo.domain.proxies import parse_no_proxy

_STATUSES: Final = frozenset(str(status) for status in range(100, 600))
_GIVEN_ADDRESS: Final = re.compile(r"[^:\[\]]+:([1-9][0-9]{0,4}):(?:\[([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\]|([0-9.]+))")
_PINS: Final = re.compile(r"sha256//[A-Za-z0-9+/]{43}=(?:;sha256//[A-Za-z0-9+/]{43}=)*")


def is_retry_rule(word: str) -> bool:
    """Whether a word is a status or an error's code, perhaps after a `!`."""
    name = word.removeprefix("!")
    return name in _STATUSES or name in set(codes_of(RheoError))


def is_given_address(word: str) -> bool:
    """Whether a word is host, port and address: `example.com:443:127.0.0.1`; IPv6 in brackets."""
    found = _GIVEN_ADDRESS.fullmatch(word)
    return found is not None and int(found[1]) <= MOST_PORT and parse_network(found[2] or found[3]) is not None


def is_command_line(text: str) -> bool:
    """Whether a text can be taken apart as a program and its arguments."""
    try:
        return bool(shlex.split(text))
    except ValueError:
        return False


def is_pin(text: str) -> bool:
    """Whether a text is one or more digests of public keys, as curl writes them."""
    return _PINS.fullmatch(text) is not None


def is_no_proxy(text: str) -> bool:
    """Whether a text is a list of hosts that go without a proxy."""
    try:
        parse_no_proxy(text)
    except InvalidProxyError:
        return False
    return True
