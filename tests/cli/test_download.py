"""`rheo download` as people use it: what it writes, what it says, and how it ends."""

import hashlib
import logging
from pathlib import Path

import pytest

from cli.command import Rheo
from origin import File, Generated, Origin, Redirect, Status, cut, page
from rheo.session import Session

DATA = b"x" * 2048
SHA256 = hashlib.sha256(DATA).hexdigest()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("words", [["download"], []])
def test_a_file_arrives_with_or_without_the_word_download(origin: Origin, rheo: Rheo, words: list[str]) -> None:
    origin.serve("/a.iso", File(DATA))
    ran = rheo(*words, origin.url("/a.iso"))
    assert Path("a.iso").read_bytes() == DATA
    assert (ran.code, ran.out, ran.lines) == (0, "", ["a.iso: 2.0 KiB in TIME, SPEED, length only"])


def test_options_may_come_first(origin: Origin, rheo: Rheo, downloads: Path) -> None:
    origin.serve("/a.iso", File(DATA))
    ran = rheo("-d", str(downloads), origin.url("/a.iso"))
    assert ran.lines == [f"{downloads}/a.iso: 2.0 KiB in TIME, SPEED, length only"]


def test_output_may_hold_folders_below_the_directory(origin: Origin, rheo: Rheo, downloads: Path) -> None:
    origin.serve("/a.iso", File(DATA))
    assert rheo(origin.url("/a.iso"), "-d", str(downloads), "-o", "deep/er/b.iso").code == 0
    assert (downloads / "deep" / "er" / "b.iso").read_bytes() == DATA


@pytest.mark.parametrize("option", [("--hash", f"sha256:{SHA256}"), ("--checksum", f"sha-256={SHA256}")])
def test_a_hash_is_verified(origin: Origin, rheo: Rheo, option: tuple[str, str]) -> None:
    origin.serve("/a.iso", File(DATA))
    ran = rheo(origin.url("/a.iso"), *option)
    assert (ran.code, ran.lines) == (0, ["a.iso: 2.0 KiB in TIME, SPEED, sha256 verified, hash given by you"])


def test_a_wrong_hash_leaves_nothing_under_the_name(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.iso", File(DATA))
    ran = rheo(origin.url("/a.iso"), "--hash", f"sha256:{'0' * 64}")
    assert ran.code == 6
    assert f"sha256 is {SHA256}, expected {'0' * 64}" in ran.err
    assert not Path("a.iso").exists()


def test_a_file_that_has_the_hash_is_done_without_a_request(origin: Origin, rheo: Rheo) -> None:
    Path("a.iso").write_bytes(DATA)
    ran = rheo(origin.url("/a.iso"), "--hash", f"sha256:{SHA256}")
    assert (ran.code, ran.lines) == (0, ["a.iso: there already, sha256 verified, hash given by you"])
    assert origin.requests == []


def test_an_existing_file_is_renamed_around(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.iso", File(DATA))
    Path("a.iso").write_bytes(b"mine")
    assert rheo(origin.url("/a.iso")).lines == ["a.1.iso: 2.0 KiB in TIME, SPEED, length only"]
    assert Path("a.iso").read_bytes() == b"mine"


@pytest.mark.parametrize("option", [["--skip-existing"], ["--on-exists", "skip"], ["--no-clobber"]])
def test_an_existing_file_is_skipped_if_told_so(origin: Origin, rheo: Rheo, option: list[str]) -> None:
    Path("a.iso").write_bytes(b"mine")
    ran = rheo(origin.url("/a.iso"), *option)
    assert (ran.code, ran.lines) == (0, ["a.iso: there already"])
    assert (Path("a.iso").read_bytes(), origin.requests) == (b"mine", [])


@pytest.mark.parametrize("option", [["--on-exists", "overwrite"], ["--allow-overwrite"], ["--clobber"]])
def test_an_existing_file_is_replaced_if_told_so(origin: Origin, rheo: Rheo, option: list[str]) -> None:
    origin.serve("/a.iso", File(DATA))
    Path("a.iso").write_bytes(b"mine")
    assert rheo(origin.url("/a.iso"), *option).code == 0
    assert Path("a.iso").read_bytes() == DATA


def test_what_fingers_know_from_curl_works(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.iso", File(DATA))
    ran = rheo("-fLOJ", "-C", "-", "--silent", "--create-dirs", "--output-dir", "here", origin.url("/a.iso"))
    assert (ran.code, ran.out, ran.err, names(Path("here"))) == (0, "", "", ["a.iso"])


def test_verbose_tells_redirects_version_timings_and_connections(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/b", Redirect(origin.url("/a.iso")))
    origin.serve("/a.iso", File(DATA))
    ran = rheo("-v", origin.url("/b"), "-o", "b")
    said, source, steps, connections = ran.lines
    assert said == "b: 2.0 KiB in TIME, SPEED, length only"
    assert source == f"  redirected (302) to {origin.url('/a.iso')}"
    assert steps.startswith("  HTTP/1.1, ")
    assert steps.endswith("first byte TIME")
    assert connections == "connections: 1 new, 1 reused, 0 refused"


def test_quiet_tells_nothing_but_errors(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.iso", page())
    good, bad = origin.url("/a.iso"), origin.url("/bad")
    ran = rheo("-q", good, bad)
    assert (ran.code, ran.out, ran.err) == (3, "", f"failed: {bad}: status 404: not found\n")


def test_a_web_page_in_place_of_a_file_is_warned_of(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.iso", page("<!doctype html>"))
    assert rheo(origin.url("/a.iso")).lines == [
        "warning: a.iso is a web page (text/html; charset=utf-8), perhaps one to log in or of an error",
        "a.iso: 15 B in TIME, SPEED, length only",
    ]


def test_one_failing_among_several_lets_the_others_finish_and_is_named(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.iso", File(DATA))
    origin.serve("/b.iso", File(DATA))
    missing = origin.url("/missing.iso")
    ran = rheo(origin.url("/a.iso"), missing, origin.url("/b.iso"))
    assert ran.code == 3
    assert sorted(ran.lines[:3]) == [
        "a.iso: 2.0 KiB in TIME, SPEED, length only",
        "b.iso: 2.0 KiB in TIME, SPEED, length only",
        f"failed: {missing}: status 404: not found",
    ]
    assert ran.lines[3:] == [
        "2 of 3 done, 1 failed: 4.0 KiB in TIME, SPEED",
        f"  failed: {missing}: status 404: not found",
    ]
    assert names(Path()) == ["a.iso", "b.iso"]


def test_many_files_get_no_line_each(origin: Origin, rheo: Rheo, downloads: Path) -> None:
    paths = [f"/{number}.bin" for number in range(60)]
    for path in paths:
        origin.serve(path, File(b"1"))
    ran = rheo(*(origin.url(path) for path in paths), "-d", str(downloads))
    assert (ran.code, ran.lines) == (0, ["60 of 60 done: 60 B in TIME, SPEED"])
    assert len(names(downloads)) == 60


def test_a_wait_is_told_with_its_reason_and_its_end(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.iso", [Status(503, headers={"Retry-After": "0"}), File(DATA)])
    assert rheo(origin.url("/a.iso")).lines == [
        "a.iso waits until CLOCK: status 503: service unavailable, asked by the server",
        "a.iso: 2.0 KiB in TIME, SPEED, length only",
    ]


def test_a_wait_that_is_too_long_ends_it_and_says_when_to_come_back(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.iso", Status(503, headers={"Retry-After": "1000"}))
    ran = rheo(origin.url("/a.iso"), "--retry-max-time", "5m")
    assert ran.code == 5
    assert ran.lines[0].endswith("the server asks to wait 1000 s, retry_max_time allows 300 s; try again after CLOCK")


def test_a_setting_of_the_environment_holds_unless_a_flag_says_otherwise(
    origin: Origin, rheo: Rheo, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.serve("/a.iso", File(DATA))
    monkeypatch.setenv("RHEO_DIRECTORY", "there")
    assert rheo(origin.url("/a.iso")).code == 0
    assert rheo(origin.url("/a.iso"), "-d", "here").code == 0
    assert names(Path()) == ["here", "there"]


def test_what_is_ignored_is_warned_of(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.iso", File(DATA))
    Path(".env").write_text("RHEO_DIRECTORY=elsewhere\n")
    warning, _ = rheo(origin.url("/a.iso")).lines
    assert warning.startswith("warning: .env, line 1: RHEO_DIRECTORY is not among what a .env may set")
    assert rheo("-q", origin.url("/a.iso")).err == ""


def test_standard_output_gets_the_bytes_and_nothing_else(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.txt", File(DATA))
    ran = rheo(origin.url("/a.txt"), "-o", "-")
    assert (ran.code, ran.out) == (0, DATA.decode())
    assert ran.lines == ["standard output: 2.0 KiB in TIME, SPEED, length only"]
    assert names(Path()) == []


def test_a_wrong_hash_on_standard_output_is_told_afterwards(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.txt", File(DATA))
    ran = rheo(origin.url("/a.txt"), "-o", "-", "--hash", f"sha256:{'0' * 64}")
    assert (ran.code, ran.out) == (6, DATA.decode())


def test_text_from_outside_does_not_steer_the_terminal(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(DATA))
    ran = rheo(origin.url("/a"), "-o", "a\x1b[2J\u202egpj.exe")
    assert ran.lines == [r"a\x1b[2J\u202egpj.exe: 2.0 KiB in TIME, SPEED, length only"]
    ran = rheo(origin.url("/a"), "-o", "a\x1b[2J\u202egpj.exe", "--on-exists", "error")
    assert ran.code == 7
    assert r"a\x1b[2J\u202egpj.exe exists already" in ran.err


def test_a_bug_is_shown_with_its_traceback(rheo: Rheo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rheo.cli.given.load_settings", lambda **_: 1 / 0)
    ran = rheo("http://127.0.0.1/")
    assert ran.code == 1
    assert ran.err.startswith("rheo: this is a bug in rheo; please report it with the lines below\nTraceback")
    assert ran.err.endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.parametrize("option", [[], ["-q"]])
def test_a_bug_in_the_engine_is_shown_with_its_traceback(
    rheo: Rheo, monkeypatch: pytest.MonkeyPatch, option: list[str]
) -> None:
    monkeypatch.setattr("rheo.engine.transfer.Transfer.run", lambda _: 1 / 0)
    ran = rheo("http://127.0.0.1/", *option)
    assert ran.code == 1
    assert ran.err.startswith("bug in the transfer of download 1\nTraceback")
    assert ran.err.endswith("failed: http://127.0.0.1/: bug in rheo: ZeroDivisionError: division by zero\n")


def test_verbose_shows_what_the_library_logs(origin: Origin, rheo: Rheo, monkeypatch: pytest.MonkeyPatch) -> None:
    origin.serve("/a", File(DATA))
    log = logging.getLogger("rheo.test").info
    close = Session.close

    def log_and_close(session: Session) -> None:
        log("closing\x1b[2J")
        close(session)

    monkeypatch.setattr(Session, "close", log_and_close)
    assert r"closing\x1b[2J" in rheo(origin.url("/a"), "-v").lines
    assert r"closing\x1b[2J" not in rheo(origin.url("/a")).lines


def test_a_large_file_arrives_whole(origin: Origin, rheo: Rheo) -> None:
    content = Generated(5_000_000)
    origin.serve("/a.iso", File(content))
    assert rheo(origin.url("/a.iso"), "--hash", f"sha256:{content.sha256()}").code == 0
    assert Path("a.iso").read_bytes() == content.read(0, content.size)


def test_what_has_left_through_standard_output_is_not_repeated(rheo: Rheo, origin: Origin) -> None:
    content = Generated(4_000_000)
    origin.serve("/a.iso", [cut(File(content), after=3_000_000), File(content)])
    ran = rheo(origin.url("/a.iso"), "-o", "-", "-q")
    assert ran.code == 4
    assert len(ran.out) <= 3_000_000
    assert "is not tried again" in ran.err
    assert len(origin.requests) == 1
