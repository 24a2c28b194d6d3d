"""A step on a thread is never left half done, and a cancel meanwhile is never forgotten."""

import asyncio
import threading

import pytest

from rheo.engine.jobs import cancelled_afterwards, on_thread, to_the_end


async def _cancelled_meanwhile(step, then):
    """Cancel a task twice while its thread is at work; returns it, and what it did."""
    done = []
    working, gate = threading.Event(), threading.Event()

    def job():
        working.set()
        gate.wait(5)
        done.append("job")
        return "value"

    task = asyncio.create_task(then(lambda: step(job), done))
    await asyncio.to_thread(working.wait, 5)
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    gate.set()
    await asyncio.wait((task,))
    return task, done


async def _go_on(step, done):
    done.append(await step())


async def _go_on_after_the_whole(step, done):
    with cancelled_afterwards():
        await _go_on(step, done)
    done.append("more")


def test_who_was_cancelled_does_not_go_on_once_the_step_is_done():
    task, done = asyncio.run(_cancelled_meanwhile(on_thread, _go_on))

    assert task.cancelled()
    assert done == ["job"]


def test_who_is_past_the_last_way_back_goes_on():
    task, done = asyncio.run(_cancelled_meanwhile(to_the_end, _go_on))

    assert task.result() is None
    assert done == ["job", "value"]


def test_several_steps_are_done_as_a_whole_and_nothing_after_them():
    task, done = asyncio.run(_cancelled_meanwhile(to_the_end, _go_on_after_the_whole))

    assert task.cancelled()
    assert done == ["job", "value"]


def test_a_cancel_counts_for_more_than_what_the_step_raises():
    """Somebody may try again after an error, and nobody after a cancel."""

    async def fail(step, _done):
        def failing():
            raise OSError

        with cancelled_afterwards():
            await step()
            await to_the_end(failing)

    task, done = asyncio.run(_cancelled_meanwhile(to_the_end, fail))

    assert task.cancelled()
    assert done == ["job"]


def test_a_step_that_nobody_interrupts_returns_what_it_does():
    async def both():
        return await on_thread(lambda: 1), await to_the_end(lambda: 2)

    assert asyncio.run(both()) == (1, 2)


def test_a_cancel_from_before_is_not_raised_again():
    async def run():
        task = asyncio.current_task()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(0)
        return await on_thread(lambda: 1)

    assert asyncio.run(run()) == 1
