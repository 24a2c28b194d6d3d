"""Every name has its turn once, and those that hang leave room for the others."""

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from rheo.transport.lookup_turns import AT_ONCE, MOST, PATIENCE, RESERVED, LookupTurns

OTHERS = MOST - MOST // RESERVED


def begun(turns: LookupTurns, now: float) -> list[str]:
    return list(iter(lambda: turns.next(now), None))


def joined(count: int) -> LookupTurns:
    turns = LookupTurns()
    for number in range(count):
        turns.join(f"{number}", urgent=False)
    return turns


STEPS = st.lists(st.sampled_from(["join", "join many", "urgent", "hurry", "end", "refuse", "wait"]), max_size=60)


@given(STEPS)
def test_every_name_has_its_turn_once_and_never_too_many_are_under_way(steps: list[str]) -> None:
    turns, now, count = LookupTurns(), 0.0, 0
    waiting: set[str] = set()
    under_way: deque[str] = deque()
    for step in [*steps, *["wait", "end"] * 400]:
        now += PATIENCE * (step == "wait")
        for _ in range({"join": 1, "join many": 300, "urgent": 1}.get(step, 0)):
            turns.join(f"{count}", urgent=step == "urgent")
            waiting.add(f"{count}")
            count += 1
        if step == "hurry" and waiting:
            turns.hurry(min(waiting))
        if step == "end" and under_way:
            turns.ended(under_way.popleft())
        for name in begun(turns, now):
            waiting.remove(name)
            under_way.append(name)
            if step == "refuse" and turns.refused(under_way.pop()):
                waiting.add(name)
                break
        assert len(under_way) <= MOST
        due = turns.due(now)
        assert due is None or 0.0 < due <= PATIENCE
    while under_way:
        now += PATIENCE
        turns.ended(under_way.popleft())
        more = begun(turns, now)
        waiting -= set(more)
        under_way.extend(more)
    assert not waiting


def test_so_many_are_asked_for_at_once_and_the_next_as_soon_as_these_hang_or_end() -> None:
    turns = joined(3 * AT_ONCE)
    assert len(begun(turns, 0.0)) == AT_ONCE
    assert turns.due(0.1) == PATIENCE - 0.1
    turns.ended("0")
    assert begun(turns, 0.1) == [f"{AT_ONCE}"]
    assert len(begun(turns, PATIENCE)) == AT_ONCE - 1


def test_an_urgent_name_waits_for_none_however_many_hang() -> None:
    turns, now = joined(2 * MOST), 0.0
    hanging = 0
    while more := len(begun(turns, now)):
        hanging, now = hanging + more, now + PATIENCE
    assert hanging == OTHERS
    turns.join("urgent", urgent=True)
    turns.hurry(f"{2 * MOST - 1}")
    assert begun(turns, now) == ["urgent", f"{2 * MOST - 1}"]


def test_behind_three_thousand_that_hang_for_ten_seconds_a_name_waits_for_fifteen() -> None:
    turns, now = joined(3000), 0.0
    turns.join("last", urgent=False)
    ends: deque[tuple[float, str]] = deque()
    while (more := begun(turns, now)) != ["last"] and "last" not in more:
        ends.extend((now + 10.0, name) for name in more)
        now += 0.1
        while ends and ends[0][0] <= now:
            turns.ended(ends.popleft()[1])
    assert now < 15


def test_where_the_system_has_no_thread_left_a_name_waits_until_a_lookup_ends() -> None:
    turns = joined(10)
    first, second, third = (turns.next(0.0) for _ in range(3))
    assert turns.refused(f"{third}")
    assert turns.next(PATIENCE) is None
    turns.ended(f"{first}")
    assert turns.next(PATIENCE) == third
    turns.ended(f"{second}")
    turns.ended(f"{third}")
    alone = LookupTurns()
    alone.join("only", urgent=True)
    assert not alone.refused(f"{alone.next(0.0)}")
