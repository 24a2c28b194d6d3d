"""A file from several sources, by the command."""

import json

import pytest

from origin import File, Generated, Origin, Status, paced

DATA = Generated(6_000_000)


@pytest.fixture
def mirror():
    with Origin() as server:
        yield server


def test_a_mirror_brings_what_the_first_one_does_not(origin, mirror, rheo, downloads):
    origin.serve("/a.bin", Status(404))
    mirror.serve("/a.bin", File(DATA))

    ran = rheo("download", origin.url("/a.bin"), "--mirror", mirror.url("/a.bin"), "-d", str(downloads))

    assert ran.code == 0, ran.err
    assert (downloads / "a.bin").read_bytes() == DATA.read(0, DATA.size)


def test_it_tells_what_came_from_where(origin, mirror, rheo, downloads):
    origin.serve("/a.bin", paced(File(DATA), rate=1e6))
    mirror.serve("/a.bin", paced(File(DATA), rate=1e6))
    words = ("download", origin.url("/a.bin"), "--mirror", mirror.url("/a.bin"), "-d", str(downloads))

    ran = rheo(*words, "--json")

    done = next(line for line in map(json.loads, ran.out.splitlines()) if line["type"] == "completed")
    assert [source["url"] for source in done["sources"]] == [origin.url("/a.bin"), mirror.url("/a.bin")]
    assert sum(source["size"] for source in done["sources"]) == DATA.size

    ran = rheo(*words, "-v", "--on-exists", "overwrite")

    assert f"from {mirror.url('/a.bin')}" in ran.err


def test_a_mirror_that_lies_is_named(origin, mirror, rheo, downloads):
    origin.serve("/a.bin", paced(File(DATA), rate=1e6))
    mirror.serve("/a.bin", File(Generated(DATA.size, seed=1)))

    ran = rheo("download", origin.url("/a.bin"), "--mirror", mirror.url("/a.bin"), "-d", str(downloads))

    assert ran.code == 0
    assert f"{mirror.url('/a.bin')} is not used as a mirror any more: it has another byte" in ran.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--mirror", "ftp://a.example/x"], "rheo fetches http and https, not ftp"),
        (["--mirror", "http://ann:pw@a.example/x"], "has a login in its URL"),
        (
            ["--mirror", "http://a.example/x", "http://b.example/y"],
            "--mirror is another URL of one file, but there are 2",
        ),
        (["--mirror", "http://a.example/x", "--data", "a=1"], "comes from one server"),
        (["--mirror", "http://a.example/x", "--mirror-strategy", "slowest"], "fastest, in-order, random"),
    ],
)
def test_wrong_words_are_refused(origin, rheo, words, sentence):
    ran = rheo("download", origin.url("/a"), *words)

    assert ran.code == 2
    assert sentence in ran.err
    assert "pw" not in ran.err
    assert not origin.requests
