"""Kills before every system call that changes something: whatever is left, the next run makes the whole file of it."""

import os
from pathlib import Path

import pytest

from kill import victim
from parts import CONTENT, SIZE, URL, age, described, fill
from rheo.domain.ranges import RangeSet
from rheo.domain.resource import Resource
from rheo.domain.safe_names import numbered
from rheo.storage.parts.remains import Published, Remains, look

HALF = SIZE // 2
ALL = RangeSet([(0, SIZE)])
BEGINNING = RangeSet([(0, HALF)])
MOST_CALLS = 80


class Runs:
    """What several runs do at one target; knows what they were told is safe."""

    def __init__(self, parts):
        self.parts = parts
        self.safe = RangeSet()
        """What a state that was saved claims."""
        self.given_up = False
        """Whether somebody wanted the part away."""

    def create(self, resource=None):
        part = self.parts.new()
        part.create(url="", source=URL, resource=resource or described(), reserve=True)
        return part

    def begin(self):
        part = self.create()
        self.write_half(part)
        return part

    def adopt(self):
        part = self.parts.new()
        remains = self.parts.look()
        part.adopt(remains)
        return part, remains.ranges

    def write_half(self, part):
        fill(part, [(0, HALF)])
        part.mark(BEGINNING)
        part.sync_data()
        part.save(BEGINNING)
        self.safe = BEGINNING

    def finish(self, part, ranges):
        fill(part, ranges.missing(SIZE))
        part.mark(ALL)
        part.sync()
        part.save(ALL, complete=True)
        self.safe = ALL
        part.publish(modified=1000.0)
        part.drop_aside(URL)

    def go_on(self):
        """Run to the end what somebody left, as an engine would."""
        found = self.parts.look()
        if isinstance(found, Published) or (found is None and "a.iso" in self.parts.names):
            self.parts.new().drop_aside(URL)
            return
        if found is None:
            part, ranges = self.create(), RangeSet()
        else:
            part, ranges = self.adopt()
        self.finish(part, ranges)


def create_and_publish(runs):
    part = runs.begin()
    runs.finish(part, BEGINNING)


def adopt_and_publish(runs):
    runs.finish(*runs.adopt())


def adopt_the_kept_and_publish(runs):
    runs.finish(*runs.adopt())


def adopt_and_keep(runs):
    part, _ = runs.adopt()
    part.keep()


def keep(runs):
    runs.begin().keep()


def keep_and_discard(runs):
    part = runs.begin()
    part.keep()
    runs.given_up = True
    part.discard()


def discard(runs):
    part = runs.begin()
    runs.given_up = True
    part.discard()


def set_aside(runs):
    part, _ = runs.adopt()
    part.set_aside(URL)
    part.create(url="", source=URL, resource=Resource(size=SIZE, etag='"v2"'), reserve=True)
    runs.finish(part, RangeSet())


def go_on(runs):
    runs.go_on()


def nothing(runs):
    pass


def die(runs):
    runs.parts.die((0, HALF))
    runs.safe = BEGINNING


def die_beside_an_old_one(runs):
    part = runs.parts.begin((0, 1000))
    part.set_aside(URL)
    part.discard()
    die(runs)


def leave(runs):
    runs.parts.begin((0, HALF)).keep()
    runs.safe = BEGINNING


def leave_a_sign(runs):
    die(runs)
    state = look(runs.parts.target, URL, numbered=numbered).state
    (runs.parts.folder / f"a.iso.part.{state.token[:8]}.left").touch()


def die_publishing(runs):
    """Die between the two renames of publishing."""
    with victim(runs.parts._monkeypatch, at=None) as process:
        part = runs.begin()
        process.at = len(process.calls) + 10**6
        fill(part, [(HALF, SIZE)])
        part.sync()
        part.save(ALL, complete=True)
        process.at = len(process.calls) + 2  # utime, rename to .done
        part.publish(modified=1000.0)
    runs.safe = ALL
    assert [name for name in runs.parts.names if name.endswith(".done")]


def die_named(runs):
    """Die with the file named, and its state still there."""
    with victim(runs.parts._monkeypatch, at=None) as process:
        part = runs.begin()
        fill(part, [(HALF, SIZE)])
        part.sync()
        part.save(ALL, complete=True)
        process.at = len(process.calls) + 3
        part.publish(modified=1000.0)
    runs.safe = ALL
    assert "a.iso" in runs.parts.names


def damage(runs):
    runs.parts.die((0, HALF))
    state = runs.parts.folder / "a.iso.part.json"
    state.write_bytes(state.read_bytes()[:-100])
    for name in runs.parts.names:
        age(runs.parts.folder / name, 60)


def shorten(runs):
    runs.parts.die((0, HALF))
    os.truncate(runs.parts.folder / "a.iso.part", SIZE - 1)


SCENARIOS = {
    "create": (nothing, create_and_publish),
    "adopt": (die, adopt_and_publish),
    "adopt what was kept": (leave, adopt_and_publish),
    "adopt what has a sign": (leave_a_sign, adopt_and_publish),
    "adopt and keep": (die, adopt_and_keep),
    "adopt what was being published": (die_publishing, adopt_and_publish),
    "find what is published": (die_named, go_on),
    "keep": (nothing, keep),
    "set aside": (die, set_aside),
    "set aside beside an older one": (die_beside_an_old_one, set_aside),
    "discard": (nothing, discard),
    "discard what was kept": (nothing, keep_and_discard),
    "damaged state": (damage, go_on),
    "part of another size": (shorten, go_on),
}


@pytest.fixture(autouse=True)
def no_disk(monkeypatch):
    """A process that dies loses nothing that the system has, so that nobody needs to wait for the disk."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: None)


@pytest.fixture
def begin(parts, fresh):
    """Return the runs in a folder of their own, for each time to die."""

    def begun():
        fresh()
        return Runs(parts)

    return begun


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_whenever_a_process_dies_the_next_one_finds_all_that_was_safe_and_brings_the_rest(begin, monkeypatch, scenario):
    """Invariants 2 and 4."""
    prepare, act = SCENARIOS[scenario]
    for at in range(MOST_CALLS):
        runs = begin()
        prepare(runs)
        with victim(monkeypatch, at=at) as process:
            act(runs)
        check_name(runs)
        check_remains(runs)
        go_on_and_check(runs)
        if not process.dead:
            return
    raise AssertionError("the process makes more calls than expected")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_two_deaths_in_a_row_leave_is_gone_on_with(begin, monkeypatch, scenario):
    """Of all pairs of calls a few; every call of the first run is among them."""
    prepare, act = SCENARIOS[scenario]
    for at in range(MOST_CALLS):
        runs = begin()
        prepare(runs)
        with victim(monkeypatch, at=at) as process:
            act(runs)
        with victim(monkeypatch, at=at * 7 % 47, started="2"):
            runs.go_on()
        check_name(runs)
        go_on_and_check(runs)
        if not process.dead:
            return


def check_name(runs):
    if "a.iso" in runs.parts.names:
        assert (runs.parts.folder / "a.iso").read_bytes() == CONTENT


def check_remains(runs):
    """See that every byte that is believed is right, and that every byte that was safe is somewhere."""
    if "a.iso" in runs.parts.names or runs.given_up:
        return
    reachable = RangeSet()
    for target in (runs.parts.target, f"{runs.parts.target}.old", f"{runs.parts.target}.old.1"):
        found = look(target, URL, numbered=numbered)
        if isinstance(found, Remains):
            data = Path(found.part).read_bytes()
            assert all(data[start:stop] == CONTENT[start:stop] for start, stop in found.ranges)
            reachable = found.ranges if found.ranges.size > reachable.size else reachable
    assert reachable.size >= runs.safe.size


def go_on_and_check(runs):
    runs.go_on()
    assert (runs.parts.folder / "a.iso").read_bytes() == CONTENT
    left = [name for name in runs.parts.names if name != "a.iso"]
    assert [name for name in left if not name.startswith("a.iso.damaged.part")] == []
    assert left in ([], ["a.iso.damaged.part", "a.iso.damaged.part.json"])
    assert runs.parts.look() is None
