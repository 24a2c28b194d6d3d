"""Secrets by reference, and what is said where there is none."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from rheo.config.secrets import read_secret
from rheo.domain.errors import SettingsError, UsageError

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")


def nobody(prompt: str) -> str:
    raise AssertionError(prompt)


def read(text: str, **environment: str) -> str:
    return read_secret(text, what="password", environment=environment, ask=nobody).reveal()


def refusal(text: str, **environment: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(text, **environment)
    assert "hunter2" not in caught.value.message
    return caught.value.message


def private(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("text", ["hunter2", "", " a b ", "--", "environment", "ENV:A", "file", "-a"])
def test_any_other_text_is_the_secret_itself(text: str) -> None:
    assert read(text) == text


def test_a_secret_comes_from_a_variable() -> None:
    assert read("env:TOKEN", TOKEN=" hunter2 ") == " hunter2 "


def test_a_variable_without_a_secret_is_named() -> None:
    assert refusal("env:TOKEN") == "the password: the variable TOKEN is not set"
    assert refusal("env:TOKEN", TOKEN="") == "the password: the variable TOKEN is empty"


@pytest.mark.parametrize("text", ["env:", "env:hunter2!", "env: hunter2", "env:2hunter2", "env:hunter2\n"])
def test_what_is_no_name_of_a_variable_might_be_the_secret(text: str) -> None:
    assert refusal(text) == "the password: env: must be followed by the name of a variable, as in env:TOKEN"


def test_a_secret_is_the_first_line_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    for content in (b"hunter2", b"hunter2\n", b"hunter2\r\nrest\n", b"\xef\xbb\xbfhunter2\n\n"):
        private(path, content)
        assert read(f"file:{path}") == "hunter2"


def test_a_tilde_is_the_home(home: Path) -> None:
    home.mkdir()
    private(home / "token", b"hunter2\n")
    assert read("file:~/token") == "hunter2"


def test_a_secret_of_64_kib_is_the_longest(tmp_path: Path) -> None:
    path = private(tmp_path / "token", b"a" * 65536)
    assert read(f"file:{path}") == "a" * 65536
    private(path, b"a" * 65537)
    assert refusal(f"file:{path}") == f"{path}: is larger than 64 KiB"


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644])
def test_a_file_that_others_may_open_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    path = private(tmp_path / "my token", b"hunter2\n", mode)
    cure = f"chmod 600 '{path}'"
    assert refusal(f"file:{path}") == f"{path}: others may read or change it; forbid it with: {cure}"


@posix
def test_only_a_regular_file_is_read_and_no_pipe_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    assert refusal(f"file:{pipe}") == f"{pipe}: is no regular file; secrets are read from such only"
    assert refusal("file:/dev/null") == "/dev/null: is no regular file; secrets are read from such only"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert refusal(f"file:{tmp_path}/none") == f"the password: there is no file {tmp_path}/none"
    assert refusal(f"file:{tmp_path}") == f"{tmp_path}: cannot be read: it is a folder"
    assert "no path" in refusal("file:a\0b")
    assert "is not known" in refusal("file:~nobody-has-this-name/token")
    assert "followed by a path" in refusal("file:")


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\nhunter2"])
def test_a_file_without_a_secret_is_named(tmp_path: Path, content: bytes) -> None:
    path = private(tmp_path / "token", content)
    assert refusal(f"file:{path}") == f"the password: the first line of {path} is empty"


def test_bytes_that_are_no_text_are_not_repeated(tmp_path: Path) -> None:
    path = private(tmp_path / "token", b"hunter2\xff")
    with pytest.raises(SettingsError) as caught:
        read(f"file:{path}")
    assert caught.value.message == f"{path}: is not text in UTF-8"
    assert caught.value.__context__ is None


def test_a_dash_asks() -> None:
    prompts = []

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        return "hunter2"

    assert read_secret("-", what="password of me", environment={}, ask=ask).reveal() == "hunter2"
    assert prompts == ["password of me: "]


def test_a_secret_that_cannot_be_sent_is_refused_by_its_place(tmp_path: Path) -> None:
    path = private(tmp_path / "token", b"hunter2\0\n")
    places = {"env:TOKEN": "password in the variable TOKEN", f"file:{path}": f"password in {path}", "a\r": "password"}
    for text, place in places.items():
        with pytest.raises(UsageError) as caught:
            read(text, TOKEN="hunter2\n")
        assert caught.value.message == f"the {place} has a line break or NUL in it; remove that"
