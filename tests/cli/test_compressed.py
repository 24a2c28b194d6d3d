"""`rheo --compressed` as people use it."""

import gzip
from pathlib import Path

from cli.command import Rheo
from origin import File, Origin, gzipped

TEXT = b"a line of a text that shrinks well\n" * 2000


def test_a_compressed_file_is_unpacked(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.txt", gzipped(TEXT))
    ran = rheo("--compressed", origin.url("/a.txt"))
    assert Path("a.txt").read_bytes() == TEXT
    unverified = "not verified: nothing proves that it is whole and of one version"
    assert (ran.code, ran.lines) == (0, [f"a.txt: 68.4 KiB in TIME, SPEED, {unverified}"])


def test_standard_output_gets_what_was_packed(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.txt", gzipped(TEXT))
    ran = rheo("--compressed", "-o", "-", origin.url("/a.txt"))
    assert (ran.code, ran.out) == (0, TEXT.decode())


def test_without_it_what_comes_compressed_is_refused(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.txt", gzipped(TEXT))
    ran = rheo(origin.url("/a.txt"))
    assert (ran.code, Path("a.txt").exists()) == (6, False)
    assert "sent a.txt coded as gzip, though rheo asked for identity" in ran.err


def test_a_bomb_ends_with_a_broken_promise_and_no_file(origin: Origin, rheo: Rheo) -> None:
    bomb = gzip.compress(bytes(30_000_000), mtime=0)
    origin.serve("/a.txt", File(bomb, headers={"Content-Encoding": "gzip"}))
    ran = rheo("--compressed", origin.url("/a.txt"))
    assert (ran.code, list(Path().iterdir())) == (6, [])
    assert "no compressed file, but a bomb; without --compressed the file comes as it is" in ran.err
