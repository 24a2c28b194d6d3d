"""`rheo verify` with a Metalink, and `--repair`: what it says, to people and programs, and what it leaves behind."""

import hashlib
import json
import os
import time
from pathlib import Path

import pytest

from cli.command import Ran, Rheo, Start
from kill import dead_owner
from origin import File, Generated, Origin, Status, stalled
from rheo.storage.parts.claim import Claim

PIECE = 64 * 1024
SIZE = 10 * PIECE
DATA = Generated(SIZE)
ENTRY = '<file name="{name}"><size>{size}</size><pieces length="{length}" type="sha-256">{hashes}</pieces>{more}</file>'


def entry(name: str = "a.bin", data: Generated = DATA, *, more: str = "") -> str:
    digests = [hashlib.sha256(data.read(start, start + PIECE)).hexdigest() for start in range(0, data.size, PIECE)]
    hashes = "".join(f"<hash>{digest}</hash>" for digest in digests)
    return ENTRY.format(name=name, size=data.size, length=PIECE, hashes=hashes, more=more)


def document(*entries: str) -> bytes:
    listed = "".join(entries or [entry()])
    return f'<metalink xmlns="urn:ietf:params:xml:ns:metalink">{listed}</metalink>'.encode()


def write(path: str, *, flipped: int | None = None, data: Generated = DATA) -> bytes:
    content = bytearray(data.read(0, data.size))
    if flipped is not None:
        content[flipped] ^= 1
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_bytes(content)
    return bytes(content)


def right(path: str, data: Generated = DATA) -> bool:
    return Path(path).read_bytes() == data.read(0, data.size)


def lines_of(ran: Ran) -> list[dict[str, object]]:
    return [json.loads(line) for line in ran.out.splitlines()]


@pytest.fixture(autouse=True)
def metalink() -> None:
    Path("a.meta4").write_bytes(document())


# --- what it is held against


def test_a_metalink_says_what_a_file_must_be(rheo: Rheo) -> None:
    write("a.bin")
    ran = rheo("verify", "a.bin", "--metalink", "a.meta4")
    assert (ran.code, ran.out, ran.err) == (0, "", "a.bin: 10 pieces verified, hash given by you\n")


def test_a_damaged_file_is_told_by_its_bytes(rheo: Rheo) -> None:
    write("a.bin", flipped=PIECE)

    people, programs = rheo("verify", "a.bin", "-M", "a.meta4"), rheo("verify", "a.bin", "-M", "a.meta4", "--json")

    assert people.code == programs.code == 6
    assert people.err == "rheo: a.bin is not the file that was promised; bytes 65536-131071 are wrong\n"
    (told,) = lines_of(programs)
    assert told["error"]["code"] == "checksum_mismatch"  # type: ignore[index]
    assert (told["type"], told["path"], told["size"], told["bad"]) == ("damaged", "a.bin", SIZE, [[PIECE, 2 * PIECE]])


def test_a_metalink_may_be_fetched(origin: Origin, rheo: Rheo) -> None:
    write("a.bin")
    origin.serve("/a.meta4", File(document()))
    origin.serve("/gone", Status(404))

    assert rheo("verify", "a.bin", "--metalink", origin.url("/a.meta4")).code == 0
    assert rheo("verify", "a.bin", "--metalink", origin.url("/gone")).code == 5


def test_of_several_files_the_name_tells_which(rheo: Rheo) -> None:
    other = Generated(SIZE, seed=1)
    Path("two.meta4").write_bytes(document(entry("x/a.bin", other), entry("y/a.bin"), entry("c.bin")))
    for path in ("c.bin", "y/a.bin", "z/a.bin"):
        write(path)

    assert rheo("verify", "c.bin", "--metalink", "two.meta4").code == 0
    assert rheo("verify", "y/a.bin", "--metalink", "two.meta4").code == 0
    twice, none = rheo("verify", "z/a.bin", "-M", "two.meta4"), rheo("verify", "two.meta4", "-M", "two.meta4")

    assert twice.code == none.code == 2
    assert twice.err == (
        "rheo: two.meta4 lists a.bin more than once: x/a.bin and y/a.bin; give the path with its folder\n"
    )
    assert none.err == "rheo: two.meta4 does not list two.meta4; it has it under its name\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"nonsense", "a.meta4, line 1, column 1: is not XML"),
        (document('<file name="a.bin"><size>655360</size></file>'), "a.meta4 has no hash of a.bin that rheo can"),
        (document('<file name="a.bin"><hash type="what">00</hash></file>'), "a.meta4 has no hash of a.bin that rheo"),
    ],
)
def test_a_metalink_that_says_nothing_verifies_nothing(rheo: Rheo, content: bytes, sentence: str) -> None:
    write("a.bin")
    Path("a.meta4").write_bytes(content)

    ran = rheo("verify", "a.bin", "--metalink", "a.meta4", "--repair", "http://127.0.0.1:1/")

    assert ran.code == 2
    assert ran.err.startswith(f"rheo: {sentence}")


def test_a_file_must_be_held_against_something(rheo: Rheo) -> None:
    write("a.bin")
    ran = rheo("verify", "a.bin", "--repair", "http://127.0.0.1:1/")
    assert (ran.code, ran.err) == (
        2,
        "rheo: verify it against what? give a --hash, a --hash-file that lists it, or a --metalink\n",
    )


@pytest.mark.parametrize(
    ("path", "code", "sentence"),
    [
        ("nope", 7, "cannot read nope: No such file or directory"),
        (".", 7, "cannot read .: Is a directory"),
        ("-", 2, "standard input cannot be repaired; name a file"),
    ],
)
def test_what_is_no_file_cannot_be_repaired(rheo: Rheo, path: str, code: int, sentence: str) -> None:
    ran = rheo("verify", path, "--hash", f"sha256:{DATA.sha256()}", "--repair", "http://127.0.0.1:1/")
    assert (ran.code, ran.err) == (code, f"rheo: {sentence}\n")


# --- repair


def test_people_are_told_what_is_wrong_and_what_was_done(origin: Origin, rheo: Rheo) -> None:
    write("a.bin", flipped=PIECE)
    origin.serve("/a.bin", File(DATA))

    ran = rheo("verify", "a.bin", "--metalink", "a.meta4", "--repair", origin.url("/a.bin"))

    assert (ran.code, ran.out) == (0, "")
    told = "a.bin is not the file that was promised; bytes 65536-131071 are wrong"
    assert ran.lines == [
        f"{told}; fetching these 64.0 KiB from {origin.url('/a.bin')}",
        "a.bin: 640.0 KiB, 576.0 KiB of it there already, the rest in TIME, SPEED, pieces verified, hash given by you",
    ]
    assert right("a.bin")


def test_the_curious_are_told_nothing_that_nobody_knows(origin: Origin, rheo: Rheo) -> None:
    write("a.bin", flipped=5)
    origin.serve("/a.bin", File(DATA))
    ran = rheo("verify", "a.bin", "--metalink", "a.meta4", "--repair", origin.url("/a.bin"), "-v")
    assert ran.code == 0
    assert "None" not in ran.err


def test_programs_are_told_the_ranges_and_what_was_fetched(origin: Origin, rheo: Rheo) -> None:
    write("a.bin", flipped=PIECE)
    origin.serve("/a.bin", File(DATA))

    ran = rheo("verify", "a.bin", "--metalink", "a.meta4", "--repair", origin.url("/a.bin"), "--json")

    told = lines_of(ran)
    assert (ran.code, ran.err) == (0, "")
    assert told[0] == {"type": "damaged", "path": "a.bin", "size": SIZE, "bad": [[PIECE, 2 * PIECE]]}
    assert "completed" in [line["type"] for line in told]
    assert told[-1] == {
        "type": "verified",
        "path": "a.bin",
        "size": SIZE,
        "checksums": [],
        "pieces": 10,
        "trust": "given",
        "bad": [[PIECE, 2 * PIECE]],
        "fetched": PIECE,
        "repaired": True,
    }


def test_a_file_that_is_right_asks_nobody(origin: Origin, rheo: Rheo) -> None:
    write("a.bin")
    ran = rheo("verify", "a.bin", "--metalink", "a.meta4", "--repair", origin.url("/a.bin"))
    assert (ran.code, ran.err) == (0, "a.bin: 10 pieces verified, hash given by you; nothing to repair\n")
    assert origin.requests == []


def test_quietly_nothing_is_told_but_errors(origin: Origin, rheo: Rheo) -> None:
    write("a.bin", flipped=0)
    origin.serve("/a.bin", File(DATA))
    words = ("verify", "a.bin", "-q", "--metalink", "a.meta4")

    assert rheo(*words).err.startswith("rheo: a.bin is not the file that was promised")
    for _ in ("repaired", "right"):
        ran = rheo(*words, "--repair", origin.url("/a.bin"))
        assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_where_nobody_says_what_is_wrong_all_is_fetched(origin: Origin, rheo: Rheo) -> None:
    write("a.bin", flipped=0)
    origin.serve("/a.bin", File(DATA))

    ran = rheo("verify", "a.bin", "--hash", f"sha256:{DATA.sha256()}", "--repair", origin.url("/a.bin"))

    assert ran.code == 0
    assert ran.lines[0].endswith(f"expected {DATA.sha256()}; fetching all of it from {origin.url('/a.bin')}")
    assert right("a.bin")


@pytest.mark.parametrize(("reply", "code"), [(File(Generated(SIZE, seed=1)), 6), (Status(404), 5)])
def test_what_could_not_be_repaired_stays_and_is_told(origin: Origin, rheo: Rheo, reply: object, code: int) -> None:
    before = write("a.bin", flipped=PIECE)
    origin.serve("/a.bin", reply)  # type: ignore[arg-type]

    ran = rheo("verify", "a.bin", "--metalink", "a.meta4", "--repair", origin.url("/a.bin"))

    assert ran.code == code
    assert ran.lines[-1] == "a.bin is not repaired, and stays as it was"
    assert Path("a.bin").read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_takes_nothing_is_told_before_anything_is_asked(origin: Origin, rheo: Rheo) -> None:
    write("sub/a.bin", flipped=0)
    Path("sub").chmod(0o500)
    ran = rheo("verify", "sub/a.bin", "--metalink", "a.meta4", "--repair", origin.url("/a.bin"))
    Path("sub").chmod(0o700)
    assert (ran.code, origin.requests) == (7, [])


def test_a_repair_that_was_killed_leaves_the_file_and_is_gone_on_with(origin: Origin, rheo: Rheo, start: Start) -> None:
    damaged = write("a.bin", flipped=PIECE)
    origin.serve("/a.bin", [stalled(File(DATA), after=PIECE // 2), File(DATA)])
    words = ("verify", "a.bin", "--metalink", "a.meta4", "--repair", origin.url("/a.bin"))

    process = start(*words)
    origin.wait_for(lambda origin: len(origin.requests) == 1)
    deadline = time.monotonic() + 10
    while not Path("a.bin.part.live").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()

    assert Path("a.bin").read_bytes() == damaged
    assert Path("a.bin.part").exists()
    assert rheo(*words).code == 0
    assert right("a.bin")
    assert sorted(path.name for path in Path().iterdir()) == ["a.bin", "a.meta4"]


def test_what_a_killed_repair_says_of_a_file_is_not_believed_of_one_that_was_damaged_since(
    origin: Origin, rheo: Rheo, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a.bin", flipped=PIECE)
    origin.serve("/a.bin", File(DATA))
    words = ("verify", "a.bin", "--metalink", "a.meta4", "--repair", origin.url("/a.bin"))
    with monkeypatch.context() as patch, dead_owner(patch):
        patch.setattr(Claim, "drop", lambda _: None)  # as if killed between the rename and this
        assert rheo(*words).code == 0
    assert Path("a.bin.part.json").exists()

    write("a.bin", flipped=3 * PIECE)

    assert rheo(*words).code == 0
    assert right("a.bin")
    assert sorted(path.name for path in Path().iterdir()) == ["a.bin", "a.meta4"]
