"""When a part's state is saved, in a time that does not pass."""

import asyncio

import pytest

from rheo.domain.ranges import RangeSet
from rheo.engine.file.keeper import Keeper


class Part:
    def __init__(self):
        self.saved = 0

    def sync_data(self):
        pass

    def mark(self, ranges):
        pass

    def save(self, ranges, *, complete):
        self.saved += 1


class Clock:
    time = 0.0

    def monotonic(self):
        return self.time

    def call_later(self, delay, callback):
        return asyncio.get_running_loop().call_later(3600, callback)


async def saves_by(seconds, *, sooner):
    """Return how often a part has been saved by then of which something comes all the time."""
    part, clock, written = Part(), Clock(), RangeSet()
    keeper = Keeper(part, written, owned=lambda: True, clock=clock, sooner=sooner)
    for beat in range(1, round(seconds / 0.2) + 1):
        clock.time = beat * 0.2
        written.add(beat, beat + 1)
        keeper._beat()
        if keeper._saving is not None:
            await keeper._saving
            await asyncio.sleep(0)
    await keeper.close()
    return part.saved


@pytest.mark.parametrize(("sooner", "first"), [(0.0, 5.0), (0.5, 3.8), (1.0, 2.6)])
def test_files_that_begin_together_are_saved_at_different_times_and_then_every_five_seconds(sooner, first):
    assert asyncio.run(saves_by(first - 0.2, sooner=sooner)) == 0
    assert asyncio.run(saves_by(first + 0.2, sooner=sooner)) == 1
    assert asyncio.run(saves_by(first + 4.6, sooner=sooner)) == 1
    assert asyncio.run(saves_by(first + 5.2, sooner=sooner)) == 2
