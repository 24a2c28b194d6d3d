"""Lists of checksums as lists of what to fetch."""

import pytest

from rheo.domain.errors import InvalidListError
from rheo.domain.lists.formats import ListFormat, format_of, read_list
from rheo.domain.lists.line import BadLine, Line
from rheo.domain.url import parse_url

BASE = parse_url("https://a.example/pub/")
A, B = "a" * 64, "b" * 64


def read(text: str, source: str = "") -> list[Line | BadLine]:
    return list(read_list(text.splitlines(keepends=True), ListFormat.SUMS, columns={}, base=BASE, source=source))


@pytest.mark.parametrize(
    "name",
    """
    SHA256SUMS md5sums B2SUMS SHA256SUMS.txt SHA512SUMS.asc sha256sum.txt a.iso.sha256 a.iso.md5 a.tar.gz.sha512sum
    CHECKSUM CHECKSUMS checksums.txt Fedora-Server-41-1.4-x86_64-CHECKSUM tool_1.0_checksums.txt /pub/SHA1SUMS
    sha-256sums SHA256 a.iso.sha256.txt CHECKSUM.SHA256-FreeBSD-14.0-RELEASE-amd64 a.blake2b debian-12_SHA512SUMS
    """.split(),  # noqa: SIM905
)
def test_names_that_tell_of_checksums(name: str) -> None:
    assert format_of(name) is ListFormat.SUMS


@pytest.mark.parametrize("name", ["urls.txt", "sums.txt", "checksums.csv.txt", "sha256.csv.txt", "mychecksum.txt", "-"])
def test_names_that_do_not(name: str) -> None:
    assert format_of(name) is ListFormat.PLAIN


@pytest.mark.parametrize("name", ["x.meta4", "X.Metalink"])
def test_the_name_of_a_metalink_tells_it(name: str) -> None:
    assert format_of(name) is ListFormat.METALINK


def test_a_file_is_below_the_base_and_has_its_name_and_checksum() -> None:
    assert read(f"# two\n{A}  x/a.iso\r\n{B} *./y//b c+ü#?.iso\n") == [
        Line(2, ("https://a.example/pub/x/a.iso",), (("out", "x/a.iso"), ("hash", f"sha256:{A}"))),
        Line(
            3,
            ("https://a.example/pub/y/b%20c+%C3%BC%23%3F.iso",),
            (("out", "y/b c+ü#?.iso"), ("hash", f"sha256:{B}")),
        ),
    ]


def test_lines_of_one_file_are_one_file() -> None:
    (line,) = read(f"MD5 (a) = {'1' * 32}\nSHA256 (a) = {A}\nSKEIN (a) = {B}\n{A}  a\n")

    assert line == Line(
        1, ("https://a.example/pub/a",), (("out", "a"), ("hash", f"md5:{'1' * 32}"), ("hash", f"sha256:{A}"))
    )


def test_an_escaped_name_is_meant_as_it_was_before() -> None:
    (line,) = read(f"\\{A}  a\\\\b\\nc\n")

    assert isinstance(line, Line)
    assert (line.urls, line.said[0]) == (("https://a.example/pub/a%5Cb%0Ac",), ("out", "a\\b\nc"))


def test_the_name_of_the_list_tells_the_algorithm() -> None:
    (line,) = read(f"{A}  a\n", "a.sha3-256")

    assert isinstance(line, Line)
    assert line.said[1] == ("hash", f"sha3-256:{A}")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (f"{A}  /etc/passwd", "the name begins with / or has .. in it"),
        (f"{A}  ../a", "the name begins with / or has .. in it"),
        (f"{A}  a/../../b", "the name begins with / or has .. in it"),
        (f"{A}  .bashrc", "a part of its name begins with a dot"),
        (f"{A}  a/.ssh/b", "a part of its name begins with a dot"),
        (f"{A}  -", "its name is that of no file"),
        (f"{A}  ./", "its name is that of no file"),
        (f"{A}  {'a' * 5000}", "its name is longer than 4096 characters"),
        (f"{A}  a\ud800", "its name has half a character in it"),
        (f"{A}", "it is a digest that names no file"),
        ("hello \x1b[31m", "lists no checksum"),
        ("https://a.example/?key=hidden", "a URL lists no checksum"),
        (f"SKEIN\x1b (a) = {A}", "lists no checksum"),
        (f"SKEIN (a) = {A}", "rheo cannot compute SKEIN"),
        (f"\\{A}  a\\x", "stands for nothing in an escaped name"),
    ],
)
def test_a_line_without_a_file_is_a_bad_one(text: str, wrong: str) -> None:
    bad, good = read(f"{text}\n{A}  good")

    assert isinstance(bad, BadLine)
    assert wrong in bad.wrong
    assert bad.wrong.isprintable()
    assert isinstance(good, Line)


def test_two_digests_of_one_file_contradict_each_other() -> None:
    assert [line.number for line in read(f"{A}  a\n{B}  a\n{A}  b\n")] == [2, 3]


def test_without_a_base_there_is_no_url() -> None:
    with pytest.raises(InvalidListError, match="add --base-url"):
        read_list([], ListFormat.SUMS, columns={})
