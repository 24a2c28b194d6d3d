"""Lines that have one path by the ledger, as one got the name of the other's file: what is there is neither's."""

import json
from pathlib import Path

import pytest

from cli.command import Rheo
from origin import File, Origin

BYTES = {name: name.encode() * 2048 for name in ("x", "y")}


def listed(origin: Origin, *names: str) -> list[str]:
    for name in names:
        origin.serve(f"/{name}/get", File(BYTES[name]))
    return [origin.url(f"/{name}/get") for name in names]


def fetched(rheo: Rheo, *lines: str, words: tuple[str, ...] = ()) -> None:
    Path("urls.txt").write_text("\n".join(lines))
    assert rheo("-i", "urls.txt", "-j", "1", *words).code == 0


def contents(rheo: Rheo) -> dict[str, str]:
    """Return by the place of each row, or the folder of its URL, whose bytes the file has."""
    told = [json.loads(line) for line in rheo("batch", "report", "urls.txt.ledger", "--json").out.splitlines()]
    rows = [row for row in told if row["type"] == "row"]
    return {row["place"] or row["url"].split("/")[-2]: Path(row["path"]).read_text()[0] for row in rows}


def share_a_path(how: str, origin: Origin, rheo: Rheo) -> list[str]:
    """Have two lines whose file is `get` by the ledger, where that of the second is."""
    x, y = listed(origin, "x", "y")
    if how == "overwritten":
        fetched(rheo, x, y, words=("--on-exists", "overwrite"))
    else:
        fetched(rheo, x)
        Path("get").unlink()
        fetched(rheo, x, y)
    assert Path("get").read_bytes() == BYTES["y"]
    return [x, y]


@pytest.mark.parametrize("words", [("--duplicates", "copy"), ("--duplicates", "link")])
@pytest.mark.parametrize("how", ["used up", "overwritten"])
def test_no_copy_is_made_of_another_lines_file(how: str, words: tuple[str, ...], origin: Origin, rheo: Rheo) -> None:
    x, y = share_a_path(how, origin, rheo)

    fetched(rheo, x, y, f"{x}\n  out=other", words=words)

    assert contents(rheo)["/other"] == "x"


def test_no_copy_is_made_of_what_was_overwritten_in_the_same_run(origin: Origin, rheo: Rheo) -> None:
    x, y = listed(origin, "x", "y")

    fetched(rheo, x, y, f"{x}\n  out=other", words=("--on-exists", "overwrite"))

    assert contents(rheo) == {"x": "y", "y": "y", "/other": "x"}


@pytest.mark.parametrize("check", ["size", "hash", "remote"])
@pytest.mark.parametrize("how", ["used up", "overwritten"])
def test_a_look_finds_that_a_file_is_another_lines(how: str, check: str, origin: Origin, rheo: Rheo) -> None:
    lines = share_a_path(how, origin, rheo)

    fetched(rheo, *lines, words=("--check", check))

    assert contents(rheo) == {"x": "x", "y": "y"}
    before = len(origin.requests)
    fetched(rheo, *lines, words=("--check", "size"))
    assert len(origin.requests) == before
