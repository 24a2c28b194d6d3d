"""Files of one list that want one name: numbered, refused, left or replaced as told, also where `A` is `a`."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from caseless import mounted, obstacle
from cli.command import Rheo
from origin import File, Generated, Origin, cut, gated
from origin.request import Received
from origin.steps import Reply
from rheo.domain.settings import OnExists

SMALL = 2048
LARGE = 3_000_000
LEAVING = ["skip", "newer", "skip-same-size", "skip-same-hash"]
"""Wishes by which a file that is there may be left."""


@pytest.fixture(params=["cased", "caseless"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A folder of each kind."""
    if request.param == "cased":
        yield tmp_path
        return
    if (why := obstacle()) is not None:
        pytest.skip(why)
    with mounted(tmp_path / "image") as folder:
        yield folder


@pytest.fixture
def names(folder: Path) -> tuple[str, str]:
    """Two names that are one there."""
    (folder / "probe").touch()
    caseless = (folder / "PROBE").exists()
    (folder / "probe").unlink()
    return "a.bin", "A.bin" if caseless else "a.bin"


def meeting(size: int) -> Callable[[int], Reply]:
    """Return replies of so many bytes, each its own, that end only once both are asked for."""
    gate, asked = threading.Event(), set()

    def numbered(number: int) -> Reply:
        def reply(request: Received) -> Reply:
            asked.add(number)
            if len(asked) > 1:
                gate.set()
            return gated(File(Generated(size, seed=number)), gate, after=size // 2)

        return reply

    return numbered


def listed(origin: Origin, names: tuple[str, str], reply: Callable[[int], Reply]) -> None:
    lines = []
    for number, name in enumerate(names):
        origin.serve(f"/{number}/{name}", reply(number))
        lines.append(origin.url(f"/{number}/{name}"))
    Path("urls.txt").write_text("\n".join(lines))


def names_in(folder: Path) -> set[str]:
    """Return what files are called, in small letters, but for parts and the ledger."""
    names = {path.name.lower() if path.name.isascii() else path.name for path in folder.iterdir()}
    return {name for name in names if ".part" not in name and not name.endswith(".ledger")}


def contents(folder: Path, size: int) -> dict[str, int]:
    """Return what files are called, and whose bytes they have."""
    whole = {Generated(size, seed=number).read(0, size): number for number in range(2)}
    return {name: whole[(folder / name).read_bytes()] for name in names_in(folder)}


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_two_at_once_are_numbered(size: int, names: tuple[str, str], folder: Path, origin: Origin, rheo: Rheo) -> None:
    listed(origin, names, meeting(size))

    ran = rheo("-i", "urls.txt", "-d", str(folder))

    assert ran.code == 0
    found = contents(folder, size)
    assert sorted(found) == ["a.1.bin", "a.bin"]
    assert sorted(found.values()) == [0, 1]


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_the_second_of_two_at_once_is_refused(
    size: int, names: tuple[str, str], folder: Path, origin: Origin, rheo: Rheo
) -> None:
    listed(origin, names, meeting(size))

    ran = rheo("-i", "urls.txt", "-d", str(folder), "--on-exists", "error")

    assert ran.code == 3
    assert names_in(folder) == {"a.bin"}
    (told,) = [line for line in ran.lines if line.startswith("failed: ")]
    assert "bin exists already; on_exists says what to do then" in told


@pytest.mark.parametrize("wish", LEAVING)
def test_two_at_once_are_numbered_where_files_that_were_there_may_be_left(
    wish: str, names: tuple[str, str], folder: Path, origin: Origin, rheo: Rheo
) -> None:
    for size in (SMALL, LARGE):
        listed(origin, names, meeting(size))

        ran = rheo("-i", "urls.txt", "-d", str(folder / str(size)), "--on-exists", wish)

        assert ran.code == 0
        found = contents(folder / str(size), size)
        assert sorted(found) == ["a.1.bin", "a.bin"]
        assert sorted(found.values()) == [0, 1]


@pytest.mark.parametrize("words", [[wish, *ledger] for wish in LEAVING for ledger in ([], ["--no-ledger"])], ids=str)
def test_what_was_fetched_for_one_is_not_there_for_another(
    words: list[str], names: tuple[str, str], folder: Path, origin: Origin, rheo: Rheo
) -> None:
    digest = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"  # anybody's that is empty
    facts = {"last_modified": datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC), "headers": {"Repr-Digest": digest}}
    listed(origin, names, lambda _: File(b"", **facts))

    ran = rheo("-i", "urls.txt", "-d", str(folder), "-j", "1", "--on-exists", *words)

    assert ran.code == 0
    assert names_in(folder) == {"a.bin", "a.1.bin"}


@pytest.mark.parametrize("spellings", ["éÉ", ("élan.bin", "ÉLAN.bin"), ("Жизнь.bin", "жизнь.bin")])
@pytest.mark.parametrize("wish", LEAVING)
def test_an_earlier_runs_file_is_not_there_for_another_in_any_alphabet(
    wish: str, spellings: Sequence[str], folder: Path, origin: Origin, rheo: Rheo
) -> None:
    (folder / spellings[0]).touch()
    apart = not (folder / spellings[1]).exists()
    (folder / spellings[0]).unlink()
    for number, name in enumerate(spellings):
        then = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
        origin.serve(quote(f"/{number}/{name}"), File(Generated(SMALL, seed=number), last_modified=then))
    urls = [origin.url(quote(f"/{number}/{name}")) for number, name in enumerate(spellings)]
    for lines in (urls[:1], urls):
        Path("urls.txt").write_text("\n".join(lines))
        assert rheo("-i", "urls.txt", "-d", str(folder), "-j", "1", "--on-exists", wish).code == 0

    found = contents(folder, SMALL)
    assert sorted(found.values()) == [0, 1]
    assert any(".1" in name for name in found) != apart


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_two_in_turn_are_numbered(size: int, names: tuple[str, str], folder: Path, origin: Origin, rheo: Rheo) -> None:
    listed(origin, names, lambda number: File(Generated(size, seed=number)))

    ran = rheo("-i", "urls.txt", "-d", str(folder), "-j", "1")

    assert ran.code == 0
    assert contents(folder, size) == {"a.bin": 0, "a.1.bin": 1}


@pytest.mark.parametrize("wish", ["rename", *LEAVING])
def test_the_parts_of_both_are_gone_on_with(
    wish: str, names: tuple[str, str], folder: Path, origin: Origin, rheo: Rheo
) -> None:
    files = [File(Generated(LARGE, seed=number), etag=f'"{number}"') for number in range(2)]
    words = ("-i", "urls.txt", "-d", str(folder), "--connections", "1", "--retry", "0", "--on-exists", wish)
    listed(origin, names, lambda number: cut(files[number], after=LARGE // 2))
    assert rheo(*words).code == 3
    assert sum(path.suffix == ".part" for path in folder.iterdir()) == 2
    listed(origin, names, lambda number: files[number])

    assert rheo(*words).code == 0

    assert sorted(contents(folder, LARGE).values()) == [0, 1]
    assert sorted(contents(folder, LARGE)) == ["a.1.bin", "a.bin"]
    assert all(request.headers["range"] != "bytes=0-" for request in origin.requests[-2:])


def test_a_file_stands_in_the_way_of_one_folder_alone(origin: Origin, rheo: Rheo) -> None:
    targets = ["/a", "/a/b", "/c"]
    for target in targets:
        origin.serve(target, File(b"x"))
    Path("urls.txt").write_text("\n".join(map(origin.url, targets)))
    Path("out").mkdir()
    Path("out/a").write_text("mine")

    ran = rheo("-i", "urls.txt", "-d", "out/{path}")

    assert ran.code == 3
    assert Path("out/a").read_text() == "mine"
    assert names_in(Path("out")) == {"a", "a.1", "c"}
    assert f"{Path.cwd()}/out/a cannot be the folder for downloads: a file is in the way" in "\n".join(ran.lines)


def test_a_folder_stands_in_the_way_of_no_file(origin: Origin, rheo: Rheo) -> None:
    for target in ("/a/b", "/a"):
        origin.serve(target, File(b"x"))
    Path("urls.txt").write_text("\n".join(map(origin.url, ("/a/b", "/a"))))

    assert rheo("-i", "urls.txt", "-d", "out/{path}").code == 0
    assert Path("out/a/b").exists()
    assert Path("out/a.1").exists()


def test_very_many_of_one_name_have_a_number_each(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/get.bin", File(b"x"))
    Path("urls.txt").write_text("\n".join(origin.url(f"/get.bin?id={number}") for number in range(300)))

    assert rheo("-i", "urls.txt", "-d", "out").code == 0
    assert names_in(Path("out")) == {"get.bin", *(f"get.{n}.bin" for n in range(1, 300))}


@pytest.mark.parametrize("wish", [wish.value for wish in OnExists])
@pytest.mark.parametrize("end", ["", "-wal", ".lock"])
def test_no_server_chooses_the_name_of_the_ledger(wish: str, end: str, origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(b"x", headers={"Content-Disposition": f'attachment; filename="urls.txt.ledger{end}"'}))
    Path("urls.txt").write_text(origin.url("/a"))
    words = ("-i", "urls.txt", "-d", ".", "--on-exists", wish)

    assert rheo(*words).code == (7 if wish == "error" else 0)

    report = rheo("batch", "report", "urls.txt.ledger", "--json")
    (row,) = [json.loads(line) for line in report.out.splitlines() if '"url"' in line]
    assert row["state"] == ("failed" if wish == "error" else "done")
    if wish != "error":
        assert Path(row["path"]).read_bytes() == b"x"
