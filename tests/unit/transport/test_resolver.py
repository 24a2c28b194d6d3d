"""What is remembered of names."""

import asyncio

from rheo.transport.resolver import MOST_ANSWERS, Resolver


def test_of_very_many_hosts_the_addresses_of_the_last_ones_are_at_hand():
    async def looked_up():
        resolver = Resolver(deadline=5.0, lookup=lambda host: ["127.0.0.1"])
        assert await resolver.resolve("first.example") == ("127.0.0.1",)
        for number in range(3 * MOST_ANSWERS):
            assert resolver.known(f"127.{number // 65536}.{number // 256 % 256}.{number % 256}")
        assert len(resolver._answers) <= MOST_ANSWERS
        assert resolver.known("first.example") is None
        assert resolver.seconds("first.example") is None
        return await resolver.resolve("first.example")

    assert asyncio.run(looked_up()) == ("127.0.0.1",)
