"""`--deadline` and `--priority`: what files are asked for with."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.command import Rheo, Start, ended
from origin import File, Origin
from rheo.cli import run as running
from rheo.domain.download import DownloadRequest


def test_a_deadline_that_is_past_asks_for_nothing_and_shows_the_right_forms(origin: Origin, start: Start) -> None:
    origin.serve("/a", File(b"x"))
    ran = ended(start(origin.url("/a"), "--deadline", "2020-01-01 08:00", environment={"TZ": "Asia/Kathmandu"}))
    assert (ran.code, ran.out) == (2, "")
    shown = re.fullmatch(
        r"rheo: the deadline '2020-01-01 08:00' is past: it is (\d{4}-\d\d-\d\d \d\d:\d\d) now; "
        r"write tomorrow 18:00, \d{4}-\d\d-\d\d 18:00 or \+2h\n",
        ran.err,
    )
    assert shown is not None
    clock = datetime.fromisoformat(f"{shown[1]}+05:45")
    assert timedelta(minutes=-1) < datetime.now(UTC) - clock < timedelta(minutes=3)
    assert origin.requests == []


def test_a_deadline_that_is_no_time_shows_the_right_forms(origin: Origin, rheo: Rheo) -> None:
    ran = rheo(origin.url("/a"), "--deadline", "soon")
    assert ran.code == 2
    assert re.fullmatch(
        r"rheo: the deadline 'soon' is no time; write 18:00, tomorrow 18:00, \d{4}-\d\d-\d\d 18:00 or \+2h\n", ran.err
    )


def test_both_are_asked_for_with_every_file(origin: Origin, rheo: Rheo, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[DownloadRequest] = []
    run = running.run

    def noting(requests: Sequence[DownloadRequest], *rest: Any, **more: Any) -> int:
        asked.extend(requests)
        return run(requests, *rest, **more)

    monkeypatch.setattr(running, "run", noting)
    origin.serve("/a", File(b"x"))
    origin.serve("/b", File(b"x"))
    ran = rheo(origin.url("/a"), origin.url("/b"), "--deadline", "+2h", "--priority", "-3")
    assert ran.code == 0
    assert [request.priority for request in asked] == [-3, -3]
    for request in asked:
        assert request.deadline is not None
        assert abs(request.deadline - datetime.now(UTC) - timedelta(hours=2)) < timedelta(minutes=2)
