"""`-d` and `-o` as templates for the files of a list."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from cli.command import Rheo
from origin import File, Origin

DATA = b"x" * 2048


def listed(*lines: str, name: str = "urls.txt") -> None:
    Path(name).write_text("\n".join(lines))


def files(folder: str = ".") -> list[str]:
    found = (path.relative_to(folder) for path in Path(folder).rglob("*") if path.is_file())
    return sorted(str(path) for path in found if path.name != "urls.txt" and path.suffix != ".ledger")


@pytest.fixture(autouse=True)
def served(origin: Origin) -> None:
    for path in ("/2024/a.jpg", "/2025/05/a.jpg", "/b.jpg"):
        origin.serve(path, File(DATA))


@pytest.fixture
def urls(origin: Origin) -> list[str]:
    return [origin.url(path) for path in ("/2024/a.jpg", "/2025/05/a.jpg", "/b.jpg")]


def test_folders_are_those_of_the_url(urls: list[str], rheo: Rheo) -> None:
    listed(*urls)

    assert rheo("-i", "urls.txt", "-d", "mirror/{host}/{path}").code == 0
    assert files("mirror/127.0.0.1") == ["2024/a.jpg", "2025/05/a.jpg", "b.jpg"]


def test_a_column_that_a_table_has_not_is_a_mistake(urls: list[str], origin: Origin, rheo: Rheo) -> None:
    listed("url,title", *(f"{url},x" for url in urls), name="urls.csv")

    named = rheo("-i", "urls.csv", "-o", "{column:titel}-{n}")
    foldered = rheo("-i", "urls.csv", "-d", "by/{column:author}", "--column", "unused=title")

    assert (named.code, foldered.code, origin.requests) == (2, 2, [])
    assert named.err == "rheo: urls.csv: {column:titel}: there is no column titel; there are url, title\n"
    assert foldered.err == "rheo: urls.csv: {column:author}: there is no column author; there are url, unused\n"
    assert [path.name for path in Path().iterdir()] == ["urls.csv"]


def test_files_are_numbered_as_they_stand_in_the_list(urls: list[str], rheo: Rheo) -> None:
    listed("# three", urls[0], "", urls[1], "nonsense", urls[2])

    assert rheo("-i", "urls.txt", "-o", "{n:03}-{name}").code == 3
    assert files() == ["001-a.jpg", "002-a.jpg", "004-b.jpg"]


def test_each_url_of_a_pattern_has_a_number(origin: Origin, rheo: Rheo) -> None:
    listed(origin.url("/{2024,2025/05}/a.jpg"), origin.url("/b.jpg"))

    assert rheo("-i", "urls.txt", "--glob", "-o", "{n}.{ext}").code == 0
    assert files() == ["1.jpg", "2.jpg", "3.jpg"]


def test_files_are_spread_by_the_hash_of_their_urls(urls: list[str], rheo: Rheo) -> None:
    listed(*urls)

    assert rheo("-i", "urls.txt", "-d", "data/{hash:2}", "-o", "{hash}.{ext}").code == 0
    digests = [sha256(url.encode()).hexdigest() for url in urls]
    assert files("data") == sorted(f"{digest[:2]}/{digest}.jpg" for digest in digests)


def test_columns_name_files(urls: list[str], rheo: Rheo) -> None:
    listed("link,author,title", f"{urls[0]},Ann,A dog", f"{urls[1]},Bo,../../x", f"{urls[2]},Bo,", name="urls.csv")

    ran = rheo("-i", "urls.csv", "--column", "url=link", "-d", "by/{column:author}", "-o", "{column:title}.{ext}")

    assert ran.code == 3
    assert files("by") == ["Ann/A dog.jpg", "Bo/_.._x.jpg"]
    assert "urls.csv, line 4: it has no title, which its place is made of" in "\n".join(ran.lines)


def test_what_a_line_says_goes_before_templates_and_below_the_folder(urls: list[str], rheo: Rheo) -> None:
    listed(urls[0], "  out=mine.jpg", urls[1], "  dir=deep", urls[2], "  dir=../escaped")

    ran = rheo("-i", "urls.txt", "-d", "all/{host}", "-o", "{n}.{ext}")

    assert ran.code == 3
    assert files() == ["all/127.0.0.1/deep/2.jpg", "all/127.0.0.1/mine.jpg"]
    assert f"../escaped is outside of {Path.cwd()}/all/127.0.0.1; " in "\n".join(ran.lines)


def test_nothing_that_strangers_say_leads_out(origin: Origin, rheo: Rheo) -> None:
    """Invariant 9."""
    origin.serve("/..%2F..%2F.ssh/..%2F..%00", File(DATA))
    listed(origin.url("/..%2F..%2F.ssh/..%2F..%00"))

    assert rheo("-i", "urls.txt", "-d", "in/{path}", "-o", "{name}").code == 0
    assert files() == ["in/_.._.ssh/_"]


def test_without_a_list_a_brace_is_a_brace(urls: list[str], rheo: Rheo) -> None:
    assert rheo(urls[0], "-d", "{host}", "-o", "{n}.jpg").code == 0
    assert files() == ["{host}/{n}.jpg"]


def test_two_braces_are_one_in_a_list(urls: list[str], rheo: Rheo) -> None:
    listed(urls[0])

    assert rheo("-i", "urls.txt", "-d", "{{x}}").code == 0
    assert files() == ["{x}/a.jpg"]


def test_programs_are_told_where_files_are(urls: list[str], rheo: Rheo) -> None:
    listed(urls[2])

    facts = [json.loads(line) for line in rheo("-i", "urls.txt", "-d", "{scheme}", "--json").out.splitlines()]

    assert [one["path"] for one in facts if one["type"] == "completed"] == [str(Path.cwd() / "http/b.jpg")]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-d", "x/{hots}"], "--directory x/{hots}: there is no field {hots}; there are {scheme}, {host}, {port}, "),
        (["-d", "{host"], "--directory {host: a { has no other; write {{ for one that belongs to no field"),
        (["-d", "{host}/../.."], "--directory {host}/../..: it leads back out of a folder that has a field"),
        (["-o", "../{n}"], "--output ../{n}: it leads out of the folder; --directory says which one that is"),
        (["-o", "/tmp/{n}"], "--output /tmp/{n}: it leads out of the folder"),
        (["-o", "{n}/"], "--output {n}/: it ends in a folder; put a name behind it, as in {path}/{name}"),
        (["-o", "{n:6}"], "--output {n:6}: {n:6} must say how many digits at least, with a 0 before: {n:06}"),
        (["-o", "a.jpg"], "--output a.jpg: that names one file, but a list has many; give it a field, as in"),
        (["-o", "-"], "--output -: that names one file, but a list has many"),
        (
            ["-o", "{n}", "http://x.example/"],
            "fields in --directory and --output are for a list; put all URLs into urls",
        ),
        (["-d", "{host}", "http://x.example/"], "fields in --directory and --output are for a list"),
    ],
)
def test_a_template_that_cannot_be_is_a_mistake(rheo: Rheo, words: list[str], sentence: str) -> None:
    listed("http://127.0.0.1:1/")

    ran = rheo("-i", "urls.txt", *words)

    assert ran.code == 2
    assert sentence in ran.err
    assert [path.name for path in Path.cwd().iterdir()] == ["urls.txt"]
