"""A cookies.txt on the disk: what is refused, and what saving leaves alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from rheo.domain.cookies import Cookie
from rheo.domain.errors import DiskFullError, InvalidCookieError, StorageError
from rheo.storage import platform
from rheo.storage.given import cookie_file, reading
from rheo.storage.given.cookie_file import read_cookies, save_cookies

LINE = b"h.com\tFALSE\t/\tFALSE\t0\ta\tb\n"
COOKIE = Cookie(name="a", value="b", domain="h.com")
OTHER = Cookie(name="c", value="\u00f6", domain="h.com", host_only=False, http_only=True, expires=1799999999.0)


def test_what_was_saved_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "cookies.txt"
    save_cookies(path, iter([COOKIE, OTHER]))
    assert read_cookies(path) == [COOKIE, OTHER]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_saving_makes_an_open_file_private(tmp_path: Path) -> None:
    path = tmp_path / "cookies.txt"
    path.write_bytes(LINE)
    path.chmod(0o644)
    with path.open("rb") as before:
        save_cookies(path, [OTHER])
        assert before.read() == LINE  # another file
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_reading_follows_a_link_and_saving_replaces_it(tmp_path: Path) -> None:
    elsewhere, link = tmp_path / "elsewhere.txt", tmp_path / "cookies.txt"
    elsewhere.write_bytes(LINE)
    link.symlink_to(elsewhere)
    assert read_cookies(link) == [COOKIE]
    save_cookies(link, [OTHER])
    assert not link.is_symlink()
    assert elsewhere.read_bytes() == LINE


def test_saving_where_a_link_leads_nowhere_makes_nothing_there(tmp_path: Path) -> None:
    link = tmp_path / "cookies.txt"
    link.symlink_to(tmp_path / "nowhere.txt")
    save_cookies(link, [COOKIE])
    assert list(tmp_path.iterdir()) == [link]
    assert read_cookies(link) == [COOKIE]


def test_a_draft_follows_no_link(tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "cookies.txt"
    victim.write_bytes(b"mine")
    (tmp_path / "cookies.txt.0.new").symlink_to(victim)
    save_cookies(path, [COOKIE])
    assert victim.read_bytes() == b"mine"
    assert read_cookies(path) == [COOKIE]


@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
def test_what_is_no_regular_file_is_neither_read_nor_replaced(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "cookies.txt"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/null")
    with pytest.raises(InvalidCookieError, match="no regular file"):
        read_cookies(path)
    with pytest.raises(StorageError, match="no regular file"):
        save_cookies(path, [COOKIE])
    assert list(tmp_path.iterdir()) == [path]
    assert path.is_symlink() == (kind == "device")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "no\x1bsuch.txt"
    with pytest.raises(InvalidCookieError) as caught:
        read_cookies(path)
    assert caught.value.message == f"{tmp_path}/no\\x1bsuch.txt: cannot be read: it does not exist"


def test_a_name_that_cannot_be_one_is_our_error() -> None:
    with pytest.raises(InvalidCookieError, match="cannot be read"):
        read_cookies(Path("a\0b"))
    with pytest.raises(StorageError):
        save_cookies(Path("a\0b"), [])


def test_a_folder_that_is_not_there_is_our_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="in no folder that exists"):
        save_cookies(tmp_path / "none" / "cookies.txt", [COOKIE])


def test_a_file_that_we_may_not_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(path: str) -> int:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(reading, "open_to_read", forbidden)  # root may read everything
    with pytest.raises(InvalidCookieError, match="cannot be read: Permission denied"):
        read_cookies(tmp_path / "cookies.txt")


def test_a_file_may_have_8_mebibytes(tmp_path: Path) -> None:
    path = tmp_path / "cookies.txt"
    path.write_bytes(LINE + b"#" * (8 * 1024 * 1024 - len(LINE)))
    assert read_cookies(path) == [COOKIE]
    with path.open("ab") as file:
        file.write(b"#")
    with pytest.raises(InvalidCookieError, match="larger than 8 MiB"):
        read_cookies(path)


def test_bytes_that_are_no_utf_8_are_latin_1(tmp_path: Path) -> None:
    path = tmp_path / "cookies.txt"
    path.write_bytes(LINE.replace(b"b\n", b"\xf6\n"))
    assert [cookie.value for cookie in read_cookies(path)] == ["\u00f6"]


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_told_from_a_broken_line(tmp_path: Path, coding: str) -> None:
    path = tmp_path / "cookies.txt"
    path.write_bytes(LINE.decode().encode(coding))
    with pytest.raises(InvalidCookieError, match="not UTF-8"):
        read_cookies(path)


def test_a_broken_line_is_named_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "cookies.txt"
    path.write_bytes(LINE + b"hunter2\n")
    with pytest.raises(InvalidCookieError) as caught:
        read_cookies(path)
    assert caught.value.message.startswith(f"{path}, line 2: ")
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("call", ["write_at", "sync_file", "replace"])
def test_a_disk_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path = tmp_path / "cookies.txt"
    path.write_bytes(LINE)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*(("os.replace", full) if call == "replace" else (f"rheo.storage.sidecar.{call}", full)))
    with pytest.raises(DiskFullError):
        save_cookies(path, [OTHER])
    assert path.read_bytes() == LINE
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_synced_before_it_has_its_name_and_the_folder_after(tmp_path, monkeypatch) -> None:
    steps: list[str] = []
    real_sync, real_replace = platform.sync_file, os.replace
    monkeypatch.setattr("rheo.storage.sidecar.sync_file", lambda fd: (steps.append("sync"), real_sync(fd)))
    monkeypatch.setattr("os.replace", lambda one, other: (steps.append("replace"), real_replace(one, other)))
    monkeypatch.setattr(cookie_file, "sync_folder", lambda folder: steps.append(f"sync {folder}"))
    save_cookies(tmp_path / "cookies.txt", [COOKIE])
    assert steps == ["sync", "replace", f"sync {tmp_path}"]
