"""What cannot be is said in one clear sentence, with exit code 2, before anything is asked for or written."""

import errno
import os
from pathlib import Path

import pytest

from cli.command import Rheo
from origin import File, Origin
from rheo.domain.checksum import ALGORITHMS

GOOD = "GOOD"
"""Stands for a URL that would work."""

CASES = {
    "no words": ([], "which URL? write: rheo download URL..."),
    "no URL": (["download"], "which URL? write: rheo download URL..."),
    "no URL but options": (["--json", "-j", "3"], "which URL? write: rheo download URL..."),
    "no scheme": (["example.com/a.iso"], "example.com/a.iso has no scheme; write https://example.com/a.iso"),
    "no scheme, after the command": (["download", "example"], "example has no scheme; write https://example"),
    "another scheme": (
        ["ftp://example.com/a.iso"],
        "ftp://example.com/a.iso cannot be fetched: rheo fetches http and https, not ftp",
    ),
    "control characters": (
        ["http://a\x1b[2Jb/"],
        r"http://a\x1b[2Jb/ has a control character in it; remove that",
    ),
    "an impossible port": (
        ["http://a:99999/"],
        "http://a:99999/ has an impossible port; it must be a number from 1 to 65535, and IPv6 needs brackets",
    ),
    "one wrong URL among good ones": ([GOOD, "http:///"], "http:/// has no host; write https://example.com/"),
    "two URLs with one output": (
        [GOOD, GOOD, "-o", "a"],
        "--output names one file, but there are 2 URLs; --directory takes them all",
    ),
    "two URLs to standard output": (
        [GOOD, GOOD, "-o", "-"],
        "--output names one file, but there are 2 URLs; --directory takes them all",
    ),
    "two URLs with one hash": (
        [GOOD, GOOD, "--hash", f"sha256:{'0' * 64}"],
        "--hash is that of one file, but there are 2 URLs; fetch them one by one",
    ),
    "a part to go on with and an output": (
        [GOOD, "--resume-from", "a.part", "-o", "b"],
        "the part to resume from and the output both say where the file goes; leave the output out",
    ),
    "JSON and the file on standard output": (
        [GOOD, "-o", "-", "--json"],
        "--json and --output - both need standard output; leave one of them out",
    ),
    "a hash of the wrong length": (
        [GOOD, "--hash", "sha256:00"],
        "a sha256 checksum has 64 hexadecimal digits, but 2 were given",
    ),
    "a hash without algorithm": ([GOOD, "--hash", "00"], "'00' names no algorithm; write sha256:HEX"),
    "a hash file that is not there": ([GOOD, "--hash-file", "nope"], "nope cannot be read: it does not exist"),
    "a hash file with a login": (
        [GOOD, "--hash-file", "https://me:secret@example.com/SHA256SUMS"],
        "the hash file https://example.com/SHA256SUMS has a login in its URL; only the first URL may have one",
    ),
    "a wrong way to verify": ([GOOD, "--verify", "maybe"], "flag --verify=maybe: must be one of off, headers, auto"),
    "nothing to verify against": (
        ["verify", "a.iso"],
        "verify it against what? give a --hash, a --hash-file that lists it, or a --metalink",
    ),
    "nothing to hash": (["hash"], "which file? write: rheo hash FILE..."),
    "an algorithm that is none": (
        ["hash", "a", "--algo", "sha257"],
        f"'sha257' is no known algorithm; known are {', '.join(ALGORITHMS)}",
    ),
    "standard input twice": (
        ["hash", "-", "-"],
        "- is standard input, which can be read once; leave the others out",
    ),
    "a wrong number": ([GOOD, "--retry", "often"], "flag --retry=often: must be a whole number of at least 0"),
    "a wrong number by another name": (
        [GOOD, "--tries", "often"],
        "flag --retry=often: must be a whole number of at least 0",
    ),
    "a wrong choice": (
        [GOOD, "--on-exists", "shrug"],
        "flag --on-exists=shrug: must be one of rename, skip, overwrite, error, newer, skip-same-size, skip-same-hash",
    ),
    "a negative limit": (
        [GOOD, "--limit-rate", "-1"],
        "flag --limit-rate=-1: '-1' is no rate; write bytes per second such as 500K, 5M or 1.5G, or off",
    ),
    "a limit in no unit": (
        [GOOD, "--limit-rate", "5X"],
        "flag --limit-rate=5X: '5X' is no rate; write bytes per second such as 500K, 5M or 1.5G, or off",
    ),
    "no limit, as others write it": (
        [GOOD, "--limit-rate-per-download", "0"],
        "flag --limit-rate-per-download=0: '0' lets nothing through; unlimited is written off",
    ),
    "a timetable that overlaps itself": (
        [GOOD, "--limit-rate", "Mon-Fri 08:00-18:00 1M; Fri 17:00-20:00 2M; off"],
        (
            "flag --limit-rate=Mon-Fri 08:00-18:00 1M; Fri 17:00-20:00 2M; off: 'Mon-Fri 08:00-18:00 1M' and "
            "'Fri 17:00-20:00 2M' overlap on Fri 17:00; let one end where the other begins"
        ),
    ),
    "a day called Foo": (
        [GOOD, "--limit-rate", "Foo 1M"],
        (
            "flag --limit-rate=Foo 1M: 'Foo' is no day; days are Mon, Tue, Wed, Thu, Fri, Sat, Sun, "
            "as in Mon-Fri or Sat,Sun"
        ),
    ),
    "a time zone that there is not": (
        [GOOD, "--limit-rate", "Mon 1M; in Europe/Atlantis"],
        (
            "flag --limit-rate=Mon 1M; in Europe/Atlantis: there is no time zone Europe/Atlantis; "
            "write a name such as Europe/Berlin or UTC"
        ),
    ),
    "too little memory": (
        [GOOD, "--max-memory", "64K"],
        "flag --max-memory=64K: must be a size of at least 1M",
    ),
    "a negative delay": (
        [GOOD, "--request-delay", "-1"],
        "flag --request-delay=-1: must be a duration of at least 0 seconds",
    ),
    "a priority that is no number": (
        [GOOD, "--priority", "high"],
        "invalid value for '--priority': 'high' is not a whole number; see rheo download --help",
    ),
    "contradictions": ([GOOD, "-q", "-v"], "--verbose contradicts another option; both mean --verbosity"),
    "an offset to go on from": (
        [GOOD, "-C", "100"],
        "--continue-at 100: rheo itself knows where to go on; leave it out, or write -C -",
    ),
    "a missing settings file": ([GOOD, "--env-file", "nope"], "nope: does not exist"),
    "an option that is not there yet": (
        [GOOD, "--ftp-pasv", "x"],
        "no such option: --ftp-pasv; see rheo download --help",
    ),
    "an option without its value": ([GOOD, "--retry"], "option '--retry' requires an argument"),
    "a command that is not there": (["upload", GOOD], "no such command 'upload'; see rheo --help"),
}


@pytest.mark.parametrize(("words", "sentence"), CASES.values(), ids=CASES)
def test_it_is_one_sentence_and_nothing_happens(origin: Origin, rheo: Rheo, words: list[str], sentence: str) -> None:
    origin.serve("/a.iso", File(b"x"))
    ran = rheo(*(origin.url("/a.iso") if word == GOOD else word for word in words))
    assert (ran.code, ran.out, ran.err) == (2, "", f"rheo: {sentence}\n")
    assert origin.requests == []
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("words", [["--max-concurent", "3"], ["--on-exist", "skip"]])
def test_a_misspelt_option_gets_a_suggestion(rheo: Rheo, words: list[str]) -> None:
    ran = rheo("http://127.0.0.1/", *words)
    assert ran.code == 2
    assert "(Possible options: " in ran.err
    assert words[0].replace("concurent", "concurrent").replace("exist", "exists") in ran.err


def test_a_misspelt_command_gets_a_suggestion(rheo: Rheo) -> None:
    assert rheo("donwload", "x").err == "rheo: no such command 'donwload'. Did you mean 'download'?; see rheo --help\n"


@pytest.mark.parametrize("words", [["-d", "taken"], ["-d", "taken/deeper"], ["-o", "taken/a.iso"]])
def test_a_folder_that_is_a_file_is_found_before_a_byte_is_asked_for(
    origin: Origin, rheo: Rheo, words: list[str]
) -> None:
    Path("taken").write_text("mine")
    ran = rheo(origin.url("/a.iso"), *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.endswith("taken cannot be the folder for downloads: a file is in the way\n") or "deeper" in words[1]
    assert origin.requests == []
    assert [path.name for path in Path().iterdir()] == ["taken"]


def test_an_output_that_is_a_folder_is_found_before_a_byte_is_asked_for(origin: Origin, rheo: Rheo) -> None:
    Path("taken").mkdir()
    ran = rheo(origin.url("/a.iso"), "-o", "taken")
    assert (ran.code, ran.err) == (2, f"rheo: {Path('taken').absolute()} is a folder; name a file in it\n")
    assert origin.requests == []


@pytest.mark.parametrize("call", ["access", "mkdir"])
def test_a_folder_that_may_not_be_written_is_found_before_a_byte_is_asked_for(
    origin: Origin, rheo: Rheo, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """It is the disk that refuses, as it would while writing."""

    def refuse(path: object, *_: object, **__: object) -> bool:
        if call == "access":
            return False
        raise PermissionError(errno.EACCES, "Permission denied", path)

    if call == "access":
        Path("locked").mkdir()
    monkeypatch.setattr(os, call, refuse)
    ran = rheo(origin.url("/a.iso"), "-d", "locked")
    assert (ran.code, ran.err.count("\n")) == (7, 1)
    assert ran.err.startswith("rheo: cannot write ")
    assert ran.err.lower().endswith("/locked: permission denied\n")
    assert origin.requests == []
