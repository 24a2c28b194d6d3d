"""Which login a netrc has for a host, and what is said of a file that is wrong."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from rheo.config.netrc import netrc_login
from rheo.domain.errors import SettingsError

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")


@pytest.fixture
def netrc(tmp_path: Path) -> Path:
    path = tmp_path / "netrc"
    path.touch(0o600)
    return path


def login(host: str, path: Path) -> tuple[str, str] | None:
    found = netrc_login(host, path=path, environment={}, home=Path("/nowhere"))
    return None if found is None else (found[0], found[1].reveal())


def refusal(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        login("a.example", path)
    assert "hunter2" not in caught.value.message
    return caught.value.message


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("machine a.example login me password word", ("me", "word")),
        ("machine a.example\r\n\tlogin me\r\n\tpassword word\r\n", ("me", "word")),
        ("machine A.Example password word account x login me", ("me", "word")),
        ("default login me password word", ("me", "word")),
        ("default login you password y\nmachine a.example login me password word", ("me", "word")),
        ("machine a.example login me password word\nmachine a.example login you password y", ("me", "word")),
        ("machine a.example login me password #word # comment password", ("me", "#word")),
        ("# machine a.example\n\n  machine a.example login me password word#1", ("me", "word#1")),
        (r'machine a.example login "m e" password "w\"o\\rd"', ("m e", 'w"o\\rd')),
        (r"machine a.example login m\ e password w\o\"rd\ ", ("m e", 'wo"rd ')),
        ('machine a.example login me password wo"rd"', ("me", 'wo"rd"')),
        ('machine a.example login me password ""', ("me", "")),
        ("machine a.example login machine password default", ("machine", "default")),
        (
            "macdef init\ncd /pub\nmachine a.example login x password y\n\nmachine a.example login me password w",
            ("me", "w"),
        ),
        ("machine a.example login me password w macdef init\nlogin x\n\nmachine b login x password y", ("me", "w")),
        ("machine\na.example\nlogin\n  me\r\npassword\n\n# of me\nword", ("me", "word")),
        ('machine a.example login\n"machine" password\n"#word"', ("machine", "#word")),
        ("machine b port 993 login you password y\nmachine a.example port 80 login me password word", ("me", "word")),
        ('machine a.example "login" x login me password word more words', ("me", "word")),
        ("machine a.example passwd word login me", None),
        ("macdef\ninit\ncd /pub\n\nmachine a.example login me password w", ("me", "w")),
        ("", None),
        ("machine b.example login me password word", None),
        ("machine example login me password word", None),
        ("machine www.a.example login me password word", None),
        ("machine a.example. login me password word", None),
    ],
)
def test_the_login_for_a_host(netrc: Path, content: str, found: tuple[str, str] | None) -> None:
    netrc.write_bytes(content.encode())
    assert login("a.example", netrc) == found


@pytest.mark.parametrize("entry", ["", "login me", "password word", "account x", 'login "" password word'])
@pytest.mark.parametrize("next_entry", ["machine b.example", "machine a.example", "default"])
def test_an_incomplete_entry_takes_no_login_from_another(netrc: Path, entry: str, next_entry: str) -> None:
    """CVE-2024-11053."""
    netrc.write_text(f"machine a.example {entry}\n{next_entry} login you password other\n")
    assert login("a.example", netrc) is None


@pytest.mark.parametrize("entry", ["", "login me", "password word"])
def test_an_incomplete_default_is_none(netrc: Path, entry: str) -> None:
    """CVE-2025-0167."""
    netrc.write_text(f"machine b.example login you password other\ndefault {entry}\n")
    assert login("a.example", netrc) is None


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('machine a.example password "hunter2\n', 1),
        ('machine a.example password "hunter2"x\n', 1),
        ("machine a.example password hunter2\\", 1),
        ("machine a.example password hun\0ter2", 1),
        ("\n\nmachine a.example password hunter2\rlogin x", 3),
    ],
)
def test_a_line_that_is_wrong_is_named_and_not_repeated(netrc: Path, content: str, line: int) -> None:
    netrc.write_bytes(content.encode())
    complaint = "cannot be read; quotes must close, and blanks stand between words"
    assert refusal(netrc) == f"{netrc}, line {line}: {complaint}"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("machine a.example login me password\ndefault login you password hunter2", "line 1: password has no value"),
        ("machine a.example login hunter2 password\n\n# hunter2\n", "line 1: password has no value"),
        ("machine\n\nlogin hunter2 password hunter2", "line 1: machine has no value"),
    ],
)
def test_a_keyword_does_not_take_the_next_one_for_its_value(netrc: Path, content: str, complaint: str) -> None:
    netrc.write_text(content)
    assert refusal(netrc) == f"{netrc}, {complaint}"


def test_a_login_of_no_machine_and_a_second_login_are_refused(netrc: Path) -> None:
    netrc.write_text("<html>hunter2</html>")
    assert refusal(netrc) == f"{netrc}, line 1: a word stands before the first machine"
    netrc.write_text("login me password hunter2")
    assert refusal(netrc) == f"{netrc}, line 1: login stands before the first machine"
    netrc.write_text("machine a.example\nlogin me password hunter2\nlogin you password other")
    assert "line 3: a second login for one machine" in refusal(netrc)


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_a_netrc_that_others_may_open_is_refused_with_the_cure(netrc: Path, mode: int) -> None:
    netrc.write_text("machine a.example login me password hunter2")
    netrc.chmod(mode)
    assert refusal(netrc) == f"{netrc}: others may read or change it; forbid it with: chmod 600 {netrc}"


@posix
def test_a_netrc_of_another_user_is_refused(netrc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    message = f"{netrc}: belongs to another user (number {owner}), not to you; copy it to a file of your own"
    assert refusal(netrc) == message


def test_the_file_named_goes_before_the_variable_and_that_before_home(tmp_path: Path) -> None:
    names = {"named": "one", "variable": "two", "_netrc" if sys.platform == "win32" else ".netrc": "three"}
    for name, user in names.items():
        (tmp_path / name).touch(0o600)
        (tmp_path / name).write_text(f"default login {user} password x")

    def user(path: Path | None, **environment: str) -> str:
        found = netrc_login("a.example", path=path, environment=environment, home=tmp_path)
        assert found is not None
        return found[0]

    assert user(tmp_path / "named", NETRC=str(tmp_path / "variable")) == "one"
    assert user(None, NETRC=str(tmp_path / "variable")) == user(None, NETRC="~/variable") == "two"
    assert user(None, NETRC="") == user(None) == "three"


def test_only_the_netrc_at_home_may_be_missing(tmp_path: Path) -> None:
    assert netrc_login("a.example", path=None, environment={}, home=tmp_path) is None
    assert refusal(tmp_path / "none") == f"{tmp_path}/none: there is no such netrc"
    with pytest.raises(SettingsError, match="none: there is no such netrc, which the variable NETRC names"):
        netrc_login("a.example", path=None, environment={"NETRC": str(tmp_path / "none")}, home=tmp_path)
