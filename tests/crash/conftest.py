"""What crash tests stand on: how much to do, chance that can be had again, and what they need of the system."""

import random
import time
from pathlib import Path

import pytest

from crash import power, strace
from crash.report import Report
from crash.served import Meter
from crash.victim import Remains

REPORT = pytest.StashKey[Report]()
SEED = pytest.StashKey[int]()
STARTED = pytest.StashKey[float]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[REPORT] = Report()
    config.stash[STARTED] = time.monotonic()


def pytest_sessionfinish(session: pytest.Session) -> None:
    file = session.config.getoption("--torture")
    if file is not None:
        seconds = time.monotonic() - session.config.stash[STARTED]
        seed = seed_of(session.config)
        text = session.config.stash[REPORT].text(seed=seed, failed=session.testsfailed, seconds=seconds)
        Path(file).write_text(text)


def seed_of(config: pytest.Config) -> int:
    """Return what all chance of this run follows from."""
    given = config.getoption("--seed")
    if given is not None:
        return given
    return config.stash.setdefault(SEED, random.SystemRandom().randrange(10**6))


@pytest.fixture
def torture(request) -> bool:
    """Whether to do what takes long."""
    return request.config.getoption("--torture") is not None


@pytest.fixture
def at_length(torture) -> None:
    """Skip what takes long where that is not wanted."""
    if not torture:
        pytest.skip("only in make torture: it takes minutes")


@pytest.fixture
def dice(request) -> random.Random:
    """Chance; a test that fails shows what it followed from."""
    seed = seed_of(request.config)
    print(f"to have the same again: --seed {seed}")  # noqa: T201  (pytest shows it where a test fails)
    return random.Random(seed)


@pytest.fixture
def report(request) -> Report:
    """What the torture's report is made of."""
    return request.config.stash[REPORT]


@pytest.fixture
def traceable() -> None:
    """Skip where system calls cannot be traced."""
    obstacle = strace.obstacle()
    if obstacle is not None:
        pytest.skip(obstacle)


@pytest.fixture
def meter(origin) -> Meter:
    """Counts what the origin sends."""
    return Meter(origin)


@pytest.fixture
def remains(downloads: Path) -> Remains:
    """The folder that the command downloads to."""
    downloads.mkdir()
    return Remains(downloads)


@pytest.fixture
def disk(tmp_path):
    """A disk of its own, whose power may be cut."""
    obstacle = power.obstacle()
    if obstacle is not None:
        pytest.skip(obstacle)
    with power.made(tmp_path / "disk.img") as disk:
        yield disk
