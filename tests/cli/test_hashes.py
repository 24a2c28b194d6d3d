"""`rheo hash`, `rheo verify` and `--hash-file`: what files hash to, told and held against lists."""

import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.command import Rheo
from origin import File, Origin, Status

DATA = b"x" * 2048
OTHER = b"y" * 2048


def digest(data: bytes, algorithm: str = "sha256") -> str:
    return hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()


def line(data: bytes, name: str) -> str:
    return f"{digest(data)}  {name}\n"


# --- hash


def test_lines_come_in_the_order_of_the_files(rheo: Rheo) -> None:
    for number in range(20):
        Path(f"{number}").write_bytes(bytes([number]) * (20 - number) * 100_000)
    names = [str(number) for number in range(20)]

    ran = rheo("hash", *names)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "".join(line(Path(name).read_bytes(), name) for name in names)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--algo", "sha-512"], f"{digest(DATA, 'sha512')}  a.iso\n"),
        (["--algo", "crc32", "--tag"], "CRC32 (a.iso) = "),
        (["--algo", "blake2b", "--tag"], f"BLAKE2b (a.iso) = {digest(DATA, 'blake2b')}\n"),
        (["--tag"], f"SHA256 (a.iso) = {digest(DATA)}\n"),
    ],
)
def test_the_algorithm_and_the_form_are_chosen(rheo: Rheo, words: list[str], told: str) -> None:
    Path("a.iso").write_bytes(DATA)
    assert rheo("hash", "a.iso", *words).out.startswith(told)


def test_a_dash_is_standard_input(rheo: Rheo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(DATA)))
    assert rheo("hash", "-").out == line(DATA, "-")


def test_what_is_written_is_read_again_whatever_the_names_are(rheo: Rheo, tmp_path: Path) -> None:
    names = [b"a\nb", b"c\\d", b"e\rf", b" *g", b"\xff\xfe", b"h (1) = x", "ü".encode()]
    for name in names:
        Path(os.fsdecode(name)).write_bytes(name)
    for form in ([], ["--tag"]):
        command = [sys.executable, "-m", "rheo", "hash", *form, *map(os.fsdecode, names)]
        (tmp_path / "sums").write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
        for name in names:
            assert rheo("verify", os.fsdecode(name), "--hash-file", str(tmp_path / "sums")).code == 0


def test_coreutils_read_what_we_write(rheo: Rheo) -> None:
    for name in ("a.iso", "b\\c", "d\ne"):
        Path(name).write_text(name)
    Path("sums").write_text(rheo("hash", "a.iso", "b\\c", "d\ne").out)
    assert subprocess.run(["sha256sum", "--check", "--status", "--strict", "sums"], check=False).returncode == 0


def test_what_cannot_be_read_is_told_and_the_others_are_hashed(rheo: Rheo) -> None:
    Path("a.iso").write_bytes(DATA)
    Path("folder").mkdir()

    one = rheo("hash", "nope")
    several = rheo("hash", "nope", "a.iso", "folder")

    assert (one.code, one.err) == (7, "failed: cannot read nope: No such file or directory\n")
    assert (several.code, several.out) == (3, line(DATA, "a.iso"))
    assert several.lines[1] == "failed: cannot read folder: Is a directory"


# --- verify


def test_a_file_is_held_against_a_hash(rheo: Rheo) -> None:
    Path("a.iso").write_bytes(DATA)

    right = rheo("verify", "a.iso", "--hash", f"sha256:{digest(DATA)}", "--hash", f"md5:{digest(DATA, 'md5')}")
    wrong = rheo("verify", "a.iso", "--hash", f"sha256:{digest(OTHER)}")

    assert (right.code, right.out, right.err) == (0, "", "a.iso: sha256 and md5 verified, hash given by you\n")
    assert wrong.code == 6
    assert wrong.err == (
        f"rheo: a.iso is not the file that was promised: sha256 is {digest(DATA)}, expected {digest(OTHER)}\n"
    )


def test_a_file_is_held_against_its_line_of_a_list(rheo: Rheo) -> None:
    Path("sub").mkdir()
    Path("sub/a.iso").write_bytes(DATA)
    Path("SHA256SUMS").write_text(line(OTHER, "a.iso.part") + line(OTHER, "sub/a.iso") + line(DATA, "./a.iso"))

    ran = rheo("verify", "sub/a.iso", "--hash-file", "SHA256SUMS", "--json")

    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out) == {
        "type": "verified",
        "path": "sub/a.iso",
        "size": 2048,
        "checksums": [f"sha256:{digest(DATA)}"],
        "pieces": 0,
        "trust": "given",
        "bad": [],
        "fetched": 0,
        "repaired": False,
    }


def test_a_list_may_be_fetched(origin: Origin, rheo: Rheo) -> None:
    Path("a.iso").write_bytes(DATA)
    origin.serve("/sums", File(line(DATA, "a.iso").encode()))
    origin.serve("/gone", Status(404))

    ran = rheo("verify", "a.iso", "--hash-file", origin.url("/sums"), "-H", "X-Key: k")

    assert (ran.code, origin.requests[0].headers["x-key"]) == (0, "k")
    assert rheo("verify", "a.iso", "--hash-file", origin.url("/gone")).code == 5


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (line(DATA, "b.iso"), "SUMS has no checksum of a.iso that rheo can compute; a list has it under its name"),
        (line(DATA, "a.iso") + line(OTHER, "a.iso"), "SUMS, lines 1 and 2: a.iso is listed with different digests"),
        ("# no line\n\nnonsense\n", "SUMS, line 3: 'nonsense' lists no checksum"),
        ("RMD160 (a.iso) = 00\n", "SUMS has no checksum of a.iso that rheo can compute"),
        ("SHA256 (a.iso) = 00\n", "SUMS, line 1: a sha256 digest has 64 digits, not 2"),
    ],
)
def test_a_list_that_does_not_tell_of_the_file_is_a_mistake(rheo: Rheo, content: str, sentence: str) -> None:
    Path("a.iso").write_bytes(DATA)
    Path("SUMS").write_text(content)

    ran = rheo("verify", "a.iso", "--hash-file", "SUMS")

    assert ran.code == 2
    assert ran.err.startswith(f"rheo: {sentence}")


def test_a_file_that_cannot_be_read_is_no_mismatch(rheo: Rheo) -> None:
    assert rheo("verify", "nope", "--hash", f"sha256:{digest(DATA)}").code == 7


# --- download


def test_one_list_serves_several_files(origin: Origin, rheo: Rheo) -> None:
    Path("SUMS").write_text(line(DATA, "a.iso") + line(OTHER, "b.iso"))
    origin.serve("/a.iso", File(DATA))
    origin.serve("/b.iso", File(OTHER))

    ran = rheo(origin.url("/a.iso"), origin.url("/b.iso"), "--hash-file", "SUMS", "-v")

    assert ran.code == 0
    assert ran.err.count("sha256 verified, hash given by you") == 2


def test_a_file_that_is_not_listed_gets_no_name(origin: Origin, rheo: Rheo) -> None:
    Path("SUMS").write_text(line(DATA, "b.iso"))
    origin.serve("/a.iso", File(DATA))

    ran = rheo(origin.url("/a.iso"), "--hash-file", "SUMS")

    assert ran.code == 2
    assert "SUMS has no checksum of a.iso that rheo can compute; if it is listed under another name" in ran.err
    assert [path.name for path in Path().iterdir()] == ["SUMS"]


def test_whose_hash_it_was_is_told(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.iso", File(DATA))
    origin.serve("/SHA256SUMS", File(line(DATA, "a.iso").encode()))

    ran = rheo(origin.url("/a.iso"), "--verify", "auto")

    assert (ran.code, ran.lines) == (0, ["a.iso: 2.0 KiB in TIME, SPEED, sha256 verified, hash from the same server"])
