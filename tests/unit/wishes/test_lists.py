"""What the lines of a list mean as requests."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rheo.domain.errors import BadLineError
from rheo.domain.lists.line import Line
from rheo.domain.login import Login
from rheo.domain.settings import OnExists, Settings
from rheo.wishes.lists import asking

URL = "https://a.example/a.iso"
ROOT = Path("/data")
HEX = "ab" * 32
NOW = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)


def asked(*said: tuple[str, str], urls: tuple[str, ...] = (URL,), ignorant: bool = False, root: Path = ROOT):
    asked_for = asking(Settings(), {"directory": root}, ignorant=ignorant, now=NOW)
    return asked_for.request_of(Line(1, urls, said), 1)


def test_mirrors_are_the_urls_behind_the_first():
    request = asked(urls=(URL, "https://b.example/a.iso"))

    assert request.url.text == URL
    assert [mirror.text for mirror in request.mirrors] == ["https://b.example/a.iso"]


def test_a_folder_is_below_the_directory_and_a_name_below_that():
    request = asked(("dir", "x/./y"), ("Out", "z/a.iso"))

    assert (request.directory, request.output) == (Path("/data"), "x/y/z/a.iso")


@pytest.mark.parametrize(
    "said",
    [
        [("dir", "..")],
        [("dir", "/data2")],
        [("dir", "x/../../y")],
        [("out", "../x")],
        [("out", "/etc/x")],
        [("dir", "x"), ("out", "../../x")],
    ],
)
def test_no_line_leads_out_of_the_directory(said):
    with pytest.raises(BadLineError, match="is outside of /data; --directory"):
        asked(*said)


def test_the_directory_may_be_above(tmp_path, monkeypatch):
    below = tmp_path / "here"
    below.mkdir()
    monkeypatch.chdir(below)

    request = asked(("dir", "x"), ("out", "../a.iso"), root=Path("../there"))

    assert (request.directory, request.output) == (tmp_path.resolve() / "there", "a.iso")


def test_no_line_leads_out_behind_a_symbolic_link():
    assert asked(("out", "link/../a.iso")).output == "a.iso"


def test_the_directory_itself_is_no_file():
    with pytest.raises(BadLineError, match="is the folder itself; name a file in it"):
        asked(("out", "x/.."))


def test_no_header_is_repeated_as_an_option():
    with pytest.raises(BadLineError) as caught:
        asked(("Authorization: Basic hidden", "="))

    assert "hidden" not in caught.value.message


def test_a_list_with_folders_from_the_root_on_goes_below_the_root():
    assert asked(("dir", "/srv/files"), root=Path("/")).directory == Path("/srv/files")


def test_a_file_of_a_list_is_not_written_to_standard_output():
    with pytest.raises(BadLineError, match="standard output"):
        asked(("out", "-"))


@pytest.mark.parametrize("said", [("hash", f"sha256:{HEX}"), ("checksum", f"sha-256={HEX}"), ("SHA-256", HEX)])
def test_a_checksum_has_its_algorithm_in_its_name_or_its_value(said):
    assert [str(one.algorithm) for one in asked(said).checksums] == ["sha256"]


def test_the_other_words_of_aria2_and_ours():
    request = asked(
        ("size", "5"),
        ("priority", "3"),
        ("max-download-limit", "0"),
        ("on_exists", "skip"),
        ("header", "X-Key: 1"),
        ("header", "X-Two: a:b"),
        ("http-user", "me"),
        ("http-passwd", "hidden"),
        ("split", "16"),
    )

    assert (request.size, request.priority, request.on_exists) == (5, 3, OnExists.SKIP)
    assert request.http.headers == (("X-Key", "1"), ("X-Two", "a:b"))
    assert isinstance(request.http.login, Login)
    assert "hidden" not in repr(request)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        (("colour", "red"), "nobody knows the option colour"),
        (("size", "5 apples"), "its size is 5 apples, which is no whole number"),
        (("size", "-1"), "no file has fewer than 0 bytes"),
        (("header", "secret"), "a header must have a colon"),
        (("hash", "sha256:xyz"), "is not hexadecimal"),
        (("limit", "fast"), "fast"),
    ],
)
def test_what_a_line_may_not_say(said, wrong):
    with pytest.raises(BadLineError, match=wrong):
        asked(said)


def test_columns_that_nobody_knows_are_for_others():
    assert asked(("caption", "a dog"), ignorant=True).url.text == URL
