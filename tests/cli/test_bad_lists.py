"""`rheo download -i`: what is wrong with a line, and with how a list is written."""

import subprocess
from pathlib import Path

import pytest

from cli.command import Rheo, Start, ended
from origin import File, Origin

DATA = b"x" * 2048


@pytest.fixture
def url(origin: Origin) -> str:
    origin.serve("/a.iso", File(DATA))
    return origin.url("/a.iso")


def written(text: str | bytes, name: str = "urls.txt") -> str:
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def test_a_line_whose_folder_cannot_be_is_told_by_its_number(url: str, rheo: Rheo) -> None:
    Path("taken").touch()
    written(f"# two\n{url}\n  dir=taken\n{url}\n")

    ran = rheo("-i", "urls.txt")

    assert ran.code == 3
    assert "failed: urls.txt, line 2: " in ran.err
    assert Path("a.iso").read_bytes() == DATA


class TestStrict:
    def test_a_bad_line_keeps_all_from_being_fetched(self, url: str, origin: Origin, rheo: Rheo) -> None:
        bad = "\n".join(["nonsense"] * 1500)
        written(f"{url}\n{bad}\n{url}\n  colour=red\n")

        ran = rheo("-i", "urls.txt", "-d", "to", "--strict")

        assert ran.code == 2
        assert ran.err.startswith(
            "rheo: urls.txt has 1,501 bad lines, so that --strict fetches nothing: line 2: nonsense has no scheme; "
        )
        assert ran.err.count("line ") == 5
        assert ran.err.endswith("; and 1,496 more\n")
        assert origin.requests == []
        assert [path.name for path in Path.cwd().iterdir()] == ["urls.txt"]

    def test_the_last_line_counts_too(self, url: str, origin: Origin, rheo: Rheo) -> None:
        written(f"{url}\n" * 3000 + "ftp://x.example/a\n")

        ran = rheo("-i", "urls.txt", "--strict")

        assert (ran.code, origin.requests) == (2, [])
        assert "urls.txt has 1 bad line, so that --strict fetches nothing: line 3001: " in ran.err

    def test_a_good_list_is_fetched(self, url: str, rheo: Rheo) -> None:
        written(f"{url}\n{url}\n  out=b.iso\n")

        assert rheo("-i", "urls.txt", "--strict").code == 0
        assert Path("a.iso").read_bytes() == Path("b.iso").read_bytes() == DATA

    @pytest.mark.parametrize("text", ["", "name,size\nx,1\n", '"url\n'])
    def test_a_list_that_cannot_be_read_is_the_same_mistake(self, rheo: Rheo, text: str) -> None:
        written(text, "urls.csv")

        strict, loose = rheo("-i", "urls.csv", "--strict"), rheo("-i", "urls.csv")

        assert strict == loose
        assert strict.code == 2

    def test_what_comes_in_a_pipe_is_read_to_its_end_first(self, url: str, start: Start) -> None:
        process = start("-i", "-", "--strict", stdin=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(f"{url}\n" * 20 + "  out=b.iso\n")

        assert ended(process).code == 0
        assert Path("b.iso").read_bytes() == DATA

    def test_a_bad_line_of_a_pipe_keeps_all_from_being_fetched(self, url: str, origin: Origin, start: Start) -> None:
        process = start("-i", "-", "--strict", stdin=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(f"{url}\nnonsense\n")

        ran = ended(process)

        assert (ran.code, origin.requests) == (2, [])
        assert ran.err.startswith("rheo: standard input has 1 bad line, so that --strict fetches nothing: line 2: ")

    def test_nothing_is_strict_without_a_list(self, rheo: Rheo) -> None:
        ran = rheo("http://x.example/", "--strict")

        assert ran.code == 2
        assert "--strict tell of a list; name it with --input-file" in ran.err


def test_a_line_without_end_is_a_bad_one_and_fills_no_memory(url: str, rheo: Rheo) -> None:
    written(f"{url}{'x' * 5_000_000}\n{url}\n")

    ran = rheo("-i", "urls.txt")

    assert ran.code == 3
    assert "failed: urls.txt, line 1: it is longer than 1 MiB\n" in ran.err
    assert Path("a.iso").read_bytes() == DATA


def test_a_quote_that_nobody_meant_costs_its_own_line_alone(url: str, rheo: Rheo) -> None:
    rows = "\n".join(f"{url},{number}.iso" for number in range(3, 9))
    written(f'url,out\n{url},"2.iso\n{rows}\n', "urls.csv")

    ran = rheo("-i", "urls.csv")

    assert ran.code == 3
    assert "failed: urls.csv, line 2: a quote that it opens is closed nowhere up to line 8" in ran.err
    assert {path.name for path in Path().glob("*.iso")} == {f"{number}.iso" for number in range(3, 9)}


def test_a_password_without_a_user_is_a_mistake(url: str, rheo: Rheo) -> None:
    written(f"{url}\n  http-passwd=hidden\n")

    ran = rheo("-i", "urls.txt")

    assert ran.code == 2
    assert "urls.txt, line 1: it has a password, but no user" in ran.err
    assert "hidden" not in ran.err


def test_a_list_with_half_a_character_at_its_end_is_a_mistake(url: str, rheo: Rheo) -> None:
    written(f"{url}\n".encode("utf-16") + b"x")

    ran = rheo("-i", "urls.txt")

    assert ran.code == 2
    assert "urls.txt: not all of it is in the encoding that its first bytes tell" in ran.err
