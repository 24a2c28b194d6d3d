"""What every test stands on: a home of its own, and servers that it may script."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from origin import Authority, Origin


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take how much the crash tests do; here, since options of a folder below come too late."""
    crash = parser.getgroup("crash tests")
    crash.addoption("--torture", metavar="FILE", help="run what takes long, too, and report on it in this file")
    crash.addoption("--seed", type=int, help="what random kills follow from; a test that fails prints its own")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep this machine's settings, proxies and certificates out, and run in an empty folder."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    outside = tmp_path_factory.mktemp("outside")
    folder = outside / "home"
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # hundreds of commands would compile rheo, each anew
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("RHEO_HOME", str(folder / ".rheo"))
    working = outside / "work"
    working.mkdir()
    monkeypatch.chdir(working)
    return folder


@pytest.fixture
def origin() -> Iterator[Origin]:
    """A badly behaved server over plain http."""
    with Origin() as server:
        yield server


@pytest.fixture(scope="session")
def authority() -> Authority:
    """A certificate authority that nobody trusts but who is told to."""
    return Authority()


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    """The folder that files go to."""
    return tmp_path / "downloads"
