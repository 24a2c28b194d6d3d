"""Work on files beside the batch's thread: bounded, its outcomes come back, and nobody waits for it at the end."""

import threading

import pytest

from rheo.batch.chores import PENDING, Chores, NobodyWaits
from rheo.domain.errors import StorageError


@pytest.fixture
def chores():
    made = Chores()
    yield made
    made.close()


def test_outcomes_come_back_and_make_room(chores):
    woken = threading.Event()
    chores.give(lambda: [1, 2], 2, woken.set)
    assert (chores.pending, chores.room) == (2, PENDING - 2)

    assert woken.wait(30)

    assert chores.take() == [1, 2]
    assert (chores.pending, chores.room) == (0, PENDING)
    assert chores.take() == []


def test_what_goes_wrong_is_raised_where_outcomes_are_taken(chores):
    def fail():
        raise StorageError("no ledger")

    woken = threading.Event()
    chores.give(fail, 1, woken.set)
    assert woken.wait(30)

    with pytest.raises(StorageError, match="no ledger"):
        chores.take()


def test_who_leaves_waits_for_what_runs_and_for_nothing_else(chores):
    running, ended = threading.Event(), []

    def work():
        running.set()
        try:
            while True:
                chores.go_on()
        except NobodyWaits:
            ended.append("left")
            raise

    woken = []
    chores.give(work, 1, lambda: woken.append(1))
    assert running.wait(30)

    chores.close()

    assert ended == ["left"]
    assert woken == []
