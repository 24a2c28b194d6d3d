"""What name servers said, and for how long and how many names that is remembered."""

import asyncio
import socket

import pytest

from rheo.domain.errors import ResolveError
from rheo.transport.resolver import MOST, Resolver


def test_so_many_addresses_are_remembered_and_no_more():
    async def meet_many():
        resolver = Resolver(deadline=1.0)
        for number in range(2 * MOST):
            address = f"10.0.{number // 256}.{number % 256}"
            assert resolver.known(address) == (address,)
        return len(resolver._answers)

    assert asyncio.run(meet_many()) == MOST


@pytest.mark.parametrize(("number", "lookups"), [(socket.EAI_NONAME, 1), (socket.EAI_AGAIN, 3)])
def test_that_there_is_no_such_name_is_believed_for_a_while_and_nothing_else(number, lookups):
    asked = []

    def lookup(host):
        asked.append(host)
        raise socket.gaierror(number, "no")

    async def ask_thrice():
        resolver = Resolver(deadline=5.0, lookup=lookup)
        for _ in range(3):
            with pytest.raises(ResolveError, match=r"gone\.test could not be looked up: no"):
                await resolver.resolve("gone.test")

    asyncio.run(ask_thrice())
    assert len(asked) == lookups
