"""Several processes at one target, stopped at every system call that changes something while another one acts.

Nothing here depends on locks that a network folder may not have: no process holds one.
"""

import fcntl
import itertools
import os
from pathlib import Path

import pytest

from parts import CONTENT, SIZE, URL, described, fill
from rheo.domain.errors import DestinationExistsError, TakenOverError, TargetBusyError
from rheo.domain.ranges import RangeSet
from rheo.domain.resource import Resource
from rheo.storage.parts.remains import Published
from stage import stage

ALL = RangeSet([(0, SIZE)])
HALF = SIZE // 2
NEWER = bytes(reversed(CONTENT))
MOST_STOPS = 200
STRIDE = 41
LOST = (TakenOverError, TargetBusyError, DestinationExistsError)


class Acts:
    """What a process may do at the target; each is one process from its beginning to its end."""

    def __init__(self, parts):
        self._parts = parts

    def download(self):
        """Go on with what is there, or begin anew."""
        found = self._parts.look()
        if isinstance(found, Published):
            return None
        part = self._parts.new()
        try:
            if found is None:
                part.create(url="", source=URL, resource=described(), reserve=True)
            else:
                part.adopt(found)
            return self._finish(part, RangeSet() if found is None else found.ranges)
        except LOST:
            part.keep()
            raise

    def begin(self):
        """Return a part whose first half is safe, with what may become of it."""
        part = self._parts.begin((0, HALF))
        return Begun(self._parts, part)

    @staticmethod
    def _finish(part, ranges):
        fill(part, ranges.missing(SIZE))
        part.mark(ALL)
        part.sync()
        part.save(ALL, complete=True)
        return part.publish(modified=None)


class Begun:
    """A part in the hands of an owner whom others believe dead."""

    def __init__(self, parts, part):
        self._parts = parts
        self._part = part

    def finish(self):
        try:
            return Acts._finish(self._part, RangeSet([(0, HALF)]))
        except LOST:
            self._part.keep()
            raise

    def keep(self):
        fill(self._part, [(HALF, SIZE - 1)])
        self._part.sync_data()
        try:
            self._part.save(RangeSet([(0, SIZE - 1)]))
        finally:
            self._part.keep()

    def discard(self):
        self._part.discard()

    def start_over(self):
        """Put the part aside for a newer version, and bring that."""
        part = self._part
        try:
            part.set_aside(URL)
            part.create(url="", source=URL, resource=Resource(size=SIZE, etag='"v2"'), reserve=True)
            part.write(0, [NEWER])
            part.save(ALL, complete=True)
            path = part.publish(modified=None)
            part.drop_aside(URL)
        except LOST:
            part.keep()
            raise
        return path


@pytest.fixture(autouse=True)
def no_disk(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: None)


@pytest.fixture
def acts(parts):
    return Acts(parts)


def check(parts, acts, processes, *, spared=()):
    """See that nobody named a wrong file, that whoever lost was told so, and that a later run has it all."""
    for process in processes:
        assert process.outcome is None or isinstance(process.outcome, (Path, *LOST))
    if not files(parts):
        acts.download()
    parts.look()
    parts.new().drop_aside(URL)
    assert all((parts.folder / name).read_bytes() in (CONTENT, NEWER) for name in files(parts))
    assert [name for name in parts.names if name not in spared] == files(parts)


def files(parts):
    return [name for name in parts.names if name.endswith(".iso")]


def schedules(play):
    """Call with how far the first goes before the second begins, and that one before the first goes on.

    All for the first one, and for the second one a few that differ from time to time.
    """
    for first in itertools.count():
        for second in range(first * 7 % STRIDE, MOST_STOPS, STRIDE):
            one, other = play(first, second)
            if other:
                break
        if one:
            return


def play(one, other, *later):
    """Let two act by turns; others come when both are in the middle of it."""

    def turns(first, second):
        one.run(first)
        other.run(second)
        ended = one.ended, other.ended
        for process in (*later, one, other):
            process.run()
        return ended

    return turns


@pytest.mark.parametrize("more", [0, 1])
def test_of_those_that_begin_at_the_same_time_one_gets_the_name(fresh, parts, acts, monkeypatch, more):
    def turns(first, second):
        fresh()
        with stage(monkeypatch) as here:
            processes = [here.enter(acts.download) for _ in range(2 + more)]
            ended = play(*processes)(first, second)
            here.clear()
            check(parts, acts, processes)
        assert any(isinstance(process.outcome, Path) for process in processes)
        return ended

    schedules(turns)


@pytest.mark.parametrize("more", [0, 1])
def test_of_those_that_take_over_at_the_same_time_one_gets_the_part(fresh, parts, acts, monkeypatch, more):
    def turns(first, second):
        fresh()
        parts.die((0, HALF))
        with stage(monkeypatch) as here:
            processes = [here.enter(acts.download) for _ in range(2 + more)]
            ended = play(*processes)(first, second)
            here.clear()
            check(parts, acts, processes)
        assert any(isinstance(process.outcome, Path) for process in processes)
        return ended

    schedules(turns)


LEFT = {
    "discard": {"a.iso.part", "a.iso.part.live"},
    "start_over": {"a.iso.damaged.part", "a.iso.damaged.part.json"},
}
"""What may be left. Looking whether a state is one's own and removing or replacing it are two calls: if another process
takes over in between, it loses its claim, and its part is left without a state or with one that does not fit."""


@pytest.mark.parametrize("scene", list(itertools.product(["finish", "keep", "discard", "start_over"], [0, 1])), ids=str)
def test_an_owner_that_is_believed_dead_and_lives_does_no_harm(fresh, parts, acts, monkeypatch, scene):
    last_act, more = scene

    def turns(first, second):
        fresh()
        begun = []
        with stage(monkeypatch) as here:
            owner = here.enter(lambda: begun.append(acts.begin()) or getattr(begun[0], last_act)(), lives=False)
            while not begun:
                owner.run(1)
            heirs = [here.enter(acts.download) for _ in range(1 + more)]
            ended = play(owner, *heirs)(first, second)
            here.clear()
            check(parts, acts, [owner, *heirs], spared=LEFT.get(last_act, ()))
        return ended

    schedules(turns)


def test_no_lock_of_the_system_is_asked_for(parts, monkeypatch):
    """Network folders may say that a lock is ours though somebody else has it, too."""
    for name in ("flock", "lockf"):
        monkeypatch.setattr(fcntl, name, refuse)
    monkeypatch.setattr(os, "lockf", refuse)

    parts.die((0, HALF))
    part = parts.new()
    part.adopt(parts.look())

    assert parts.finish(part, RangeSet([(0, HALF)])).read_bytes() == CONTENT


def refuse(*args):
    raise AssertionError("a lock was asked for")
