"""Who says what, and when: lines, bars and silence."""

import io
from collections.abc import Iterable

import pytest
from rich.console import Console

from rheo.cli.presenters.bars import DELAY, Bars
from rheo.cli.presenters.base import Ending, Presenter
from rheo.cli.presenters.lines import FEW
from rheo.cli.presenters.plain import INTERVAL, Plain
from rheo.cli.presenters.quiet import Quiet
from rheo.cli.presenters.screen import Screen
from rheo.cli.tally import Tally
from rheo.domain.events import Event
from rheo.domain.progress import Phase
from unit.cli.happenings import URL, added, completed, failed, sampled, started, waiting

DONE = Ending(exit_code=0, seconds=2.0, interrupted=False)
MANY = range(1, FEW + 2)


def tell(tally: Tally, presenter: Presenter, events: Iterable[Event]) -> None:
    for event in events:
        tally.take(event)
        presenter.tell(event)


@pytest.fixture
def tally() -> Tally:
    return Tally()


def test_plain_says_how_far_one_file_is_every_few_seconds(tally: Tally, capsys: pytest.CaptureFixture[str]) -> None:
    plain = Plain(tally, verbose=False, now=0.0)
    tell(tally, plain, [added(), started(), sampled(name="c.iso", received=1024, total=2048, speed=512.0)])
    plain.refresh(INTERVAL - 0.1)
    assert capsys.readouterr().err == ""
    plain.refresh(INTERVAL)
    plain.refresh(INTERVAL + 0.1)
    assert capsys.readouterr().err == "c.iso: 50%, 1.0 KiB of 2.0 KiB, 512 B/s, 2.0s left\n"


def test_plain_does_not_repeat_a_wait_that_it_has_told(tally: Tally, capsys: pytest.CaptureFixture[str]) -> None:
    plain = Plain(tally, verbose=False, now=0.0)
    tell(tally, plain, [added(), started(), waiting()])
    assert capsys.readouterr().err.startswith("c.iso waits until ")
    plain.refresh(INTERVAL)
    assert capsys.readouterr().err == ""


def test_plain_says_of_many_waits_which_ends_first(tally: Tally, capsys: pytest.CaptureFixture[str]) -> None:
    plain = Plain(tally, verbose=False, now=0.0)
    tell(
        tally,
        plain,
        [*map(added, MANY), waiting(1, 300), waiting(2, 200), added(99, "http://a/first"), waiting(99, 100)],
    )
    assert capsys.readouterr().err == ""
    plain.refresh(INTERVAL)
    total, wait = capsys.readouterr().err.splitlines()
    assert total == f"0 of {len(MANY) + 1} done, 3 waiting: 0 B, 0 B/s"
    assert wait.startswith("  first waits until ")


def test_many_files_have_a_line_each_only_when_they_fail_or_verbose(
    tally: Tally, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = Plain(tally, verbose=False, now=0.0)
    tell(tally, plain, [*map(added, MANY), completed(1), failed(2)])
    assert capsys.readouterr().err == f"failed: {URL}: status 503: service unavailable\n"
    plain = Plain(tally, verbose=True, now=0.0)
    tell(tally, plain, [completed(3, first_http_version="1.1", http_version="1.1"), failed(4)])
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_quiet_says_failures_only(tally: Tally, capsys: pytest.CaptureFixture[str]) -> None:
    quiet = Quiet(tally)
    tell(tally, quiet, [added(1), added(2), started(1), waiting(1), completed(1, content_suspicious=True), failed(2)])
    quiet.refresh(1000.0)
    quiet.end(DONE)
    assert capsys.readouterr().err == "failed: http://a/b/c.iso: status 503: service unavailable\n"


def test_bars_are_not_drawn_for_what_ends_soon(tally: Tally, capsys: pytest.CaptureFixture[str]) -> None:
    bars = Bars(tally, verbose=False, now=0.0)
    tell(tally, bars, [added(), started()])
    bars.refresh(DELAY - 0.1)
    tell(tally, bars, [failed()])
    bars.end(DONE)
    assert capsys.readouterr().err == "failed: http://a/b/c.iso: status 503: service unavailable\n"


@pytest.fixture
def width() -> int:
    return 70


@pytest.fixture
def terminal(width: int, monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is drawn, on a terminal of 20 lines without colours."""
    written = io.StringIO()

    def console(**_: object) -> Console:
        return Console(file=written, force_terminal=True, no_color=True, color_system=None, width=width, height=20)

    monkeypatch.setattr("rheo.cli.presenters.screen.Console", console)
    return written


def drawn(tally: Tally, terminal: io.StringIO) -> list[str]:
    screen = Screen()
    screen.draw(tally)
    picture = terminal.getvalue().rpartition("\x1b[2K")[2]
    screen.close()
    return [line.rstrip() for line in picture.replace("\x1b[?25l", "").replace("\r", "").splitlines()]


def test_a_running_file_has_a_line(tally: Tally, terminal: io.StringIO) -> None:
    tell(tally, Quiet(tally), [added(), started(), sampled(name="c.iso", received=1024, total=2048, speed=512.0)])
    assert drawn(tally, terminal) == ["c.iso  ━━━━━━         50%     2.0 KiB       512 B/s        2.0s"]


@pytest.mark.parametrize(
    ("width", "figures"),
    [
        (52, "50% 2.0 KiB 512 B/s 2.0s"),
        (51, "50% 512 B/s 2.0s"),
        (39, "50% 512 B/s"),
        (28, "50% 512 B/s"),
        (27, "50%"),
        (9, "50%"),
    ],
)
def test_no_figure_is_cut_off_where_the_terminal_is_narrow(
    width: int, figures: str, tally: Tally, terminal: io.StringIO
) -> None:
    name = "long-name-of-a-file.iso"
    tell(tally, Quiet(tally), [added(), started(), sampled(name=name, received=1024, total=2048, speed=512.0)])
    (line,) = drawn(tally, terminal)
    assert [word for word in line.split()[1:] if not word.startswith("━")] == figures.split()
    assert len(line) <= width


def test_a_name_that_only_the_url_tells_is_decoded(tally: Tally) -> None:
    tell(tally, Quiet(tally), [added(1, "http://a/%D8%B9%20b.iso?c"), started()])
    assert tally.name(added().id) == "\u0639 b.iso"


def test_what_is_not_fetching_says_what_it_does(tally: Tally, terminal: io.StringIO) -> None:
    tell(tally, Quiet(tally), [added(), started(), sampled(name="c.iso", phase=Phase.VERIFYING, received=9, total=9)])
    assert drawn(tally, terminal) == ["c.iso  ━━━━━━━━━━━━  100%         9 B                 verifying"]


def test_what_a_file_does_is_told_once_it_is_known(tally: Tally, terminal: io.StringIO) -> None:
    tell(tally, Quiet(tally), [*map(added, (1, 2)), *map(started, (1, 2)), sampled(2, phase=Phase.CONNECTING)])
    _, first, second = drawn(tally, terminal)
    assert not first.endswith("asking")
    assert second.endswith("asking")


def test_no_more_is_drawn_than_fits(tally: Tally, terminal: io.StringIO) -> None:
    tell(tally, Quiet(tally), [*map(added, MANY), *map(started, range(1, 31)), *map(waiting, range(31, 41))])
    lines = drawn(tally, terminal)
    assert len(lines) == 19
    assert (lines[0], lines[-1]) == ("0 of 51 done, 10 waiting: 0 B, 0 B/s", "… and 23 more")


def test_lines_that_come_together_pass_above_the_bars_with_the_next_picture(
    tally: Tally, terminal: io.StringIO
) -> None:
    bars = Bars(tally, verbose=False, now=0.0)
    tell(tally, bars, map(added, range(1, 1001)))
    bars.refresh(DELAY)
    before = len(terminal.getvalue())
    tell(tally, bars, map(failed, range(1, 501)))
    assert len(terminal.getvalue()) == before
    bars.refresh(DELAY + 1)
    told = terminal.getvalue()[before:]
    tell(tally, bars, map(failed, range(501, 1001)))
    bars.close()

    assert (told.count("failed: http"), told.count("0 of 1000 done")) == (500, 2), (
        "one picture while lines pass, one after"
    )
    assert terminal.getvalue()[before:].count("failed: http") == 1000


def test_a_standing_of_many_names_files_per_second_and_foresees_the_end(
    tally: Tally, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = Plain(tally, verbose=False, now=0.0)
    tell(tally, plain, [*map(added, range(1, 301)), *map(completed, range(1, 101))])
    plain.refresh(INTERVAL)
    tell(tally, plain, map(completed, range(101, 201)))
    plain.refresh(2 * INTERVAL)
    assert capsys.readouterr().err.splitlines() == [
        "100 of 300 done: 200.0 KiB, 40.0 KiB/s, 20 files/s, 10s left",
        "200 of 300 done: 400.0 KiB, 40.0 KiB/s, 20 files/s, 5.0s left",
    ]


def test_as_long_as_a_list_goes_on_nobody_foresees_its_end(tally: Tally, capsys: pytest.CaptureFixture[str]) -> None:
    plain, tally.whole = Plain(tally, verbose=False, now=0.0), False
    tell(tally, plain, [*map(added, range(1, 201)), *map(completed, range(1, 101))])
    plain.refresh(INTERVAL)
    assert capsys.readouterr().err == "100 of 200+ done: 200.0 KiB, 40.0 KiB/s, 20 files/s\n"
