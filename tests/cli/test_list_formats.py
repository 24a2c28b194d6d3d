"""`rheo download -i`: Metalinks and lists of checksums, and relative URLs."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from cli.command import Rheo, Start, ended
from origin import File, Origin

A, B = b"a" * 2048, b"b" * 4096
SHA_A, SHA_B = hashlib.sha256(A).hexdigest(), hashlib.sha256(B).hexdigest()
METALINK = '<metalink xmlns="urn:ietf:params:xml:ns:metalink">\n{}</metalink>\n'


def entry(name: str, *urls: str, more: str = "") -> str:
    return f'<file name="{name}">{more}{"".join(f"<url>{url}</url>" for url in urls)}</file>\n'


def left() -> set[str]:
    return {str(path) for path in Path().rglob("*") if path.is_file() and path.suffix != ".ledger"}


@pytest.fixture
def base(origin: Origin) -> str:
    origin.serve("/pub/a.iso", File(A))
    origin.serve("/pub/deep/b%20%C3%BC%5B1%5D%25%3F.iso", File(B))
    return origin.url("/pub/")


class TestMetalink:
    def test_each_file_of_a_metalink_is_a_line(self, base: str, origin: Origin, rheo: Rheo) -> None:
        sha = f'<hash type="sha-256">{SHA_A}</hash><size>2048</size>'
        entries = [entry("sub/x.iso", origin.url("/gone"), f"{base}a.iso", more=sha), entry("y.iso", f"{base}a.iso")]
        Path("x.meta4").write_text(METALINK.format("".join(entries)))

        ran = rheo("-i", "x.meta4")

        assert ran.code == 0
        assert Path("sub/x.iso").read_bytes() == Path("y.iso").read_bytes() == A
        assert "sub/x.iso: 2.0 KiB in TIME, SPEED, sha256 verified, hash given by you" in ran.lines

    def test_one_may_come_from_standard_input(self, base: str, start: Start) -> None:
        process = start("-i", "-", "--format", "metalink", stdin=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(METALINK.format(entry("x.iso", f"{base}a.iso")))

        assert ended(process).code == 0
        assert Path("x.iso").read_bytes() == A

    def test_a_file_without_a_source_keeps_none_of_the_others_back(self, base: str, rheo: Rheo) -> None:
        entries = [entry("x.iso", "ftp://a.example/x"), entry("y.iso", f"{base}a.iso", "ftp://a.example/y")]
        Path("x.metalink").write_text(METALINK.format("".join(entries)))

        ran = rheo("-i", "x.metalink")

        assert ran.code == 3
        assert "  failed: x.metalink, file 1: <file> 'x.iso' has no source that can be fetched" in ran.err
        assert "x.metalink: 'y.iso': 1 source left out: only http and https are fetched" in ran.err
        assert Path("y.iso").read_bytes() == A

    def test_its_relative_urls_begin_where_that_is_said(self, base: str, rheo: Rheo) -> None:
        Path("x.meta4").write_text(METALINK.format(entry("x.iso", "a.iso")))

        assert rheo("-i", "x.meta4", "--base-url", base).code == 0

    @pytest.mark.parametrize(
        ("words", "text", "sentence"),
        [
            ([], "http://x.example/", "x.meta4, line 1, column 6: is not XML"),
            (["-H", "X-Key: 1"], METALINK.format(entry("x", "http://x.example/")), "headers belong to one origin"),
            (["--glob"], "", "a Metalink has no patterns; leave --glob out"),
            (["--column", "url=link"], "", "a Metalink has no columns"),
            (["--strict"], METALINK.format(entry("x", "ftp://x/")), "x.meta4 has 1 bad line, so that --strict fetches"),
        ],
    )
    def test_one_that_cannot_be_read_is_a_mistake(self, rheo: Rheo, words: list[str], text: str, sentence: str) -> None:
        Path("x.meta4").write_text(text)

        ran = rheo("-i", "x.meta4", *words)

        assert ran.code == 2
        assert sentence in ran.err
        assert left() == {"x.meta4"}


class TestSums:
    def test_its_files_are_below_the_base_and_keep_folders_and_names(self, base: str, rheo: Rheo) -> None:
        Path("SHA256SUMS").write_text(f"# of today\n{SHA_A} *./a.iso\n{SHA_B}  deep/b ü[1]%?.iso\n")

        ran = rheo("-i", "SHA256SUMS", "--base-url", base, "-d", "to")

        assert ran.code == 0
        assert Path("to/a.iso").read_bytes() == A
        assert Path("to/deep/b ü[1]%?.iso").read_bytes() == B
        assert ran.err.count("sha256 verified, hash given by you") == 2

    def test_bsd_has_other_lines_and_the_base_may_lack_its_slash(self, base: str, rheo: Rheo) -> None:
        md5 = hashlib.md5(A).hexdigest()
        Path("tool_1.0_CHECKSUMS.txt").write_text(f"MD5 (a.iso) = {md5}\nSHA256 (a.iso) = {SHA_A}\n")

        ran = rheo("-i", "tool_1.0_CHECKSUMS.txt", "--base-url", base.rstrip("/"))

        assert ran.lines == ["a.iso: 2.0 KiB in TIME, SPEED, md5 and sha256 verified, hash given by you"]

    def test_the_name_of_the_list_tells_the_algorithm(self, base: str, rheo: Rheo) -> None:
        Path("a.iso.sha3-256").write_text(f"{hashlib.sha3_256(A).hexdigest()}  a.iso\n")

        ran = rheo("-i", "a.iso.sha3-256", "--base-url", base)

        assert ran.lines == ["a.iso: 2.0 KiB in TIME, SPEED, sha3-256 verified, hash given by you"]

    def test_bytes_that_are_no_utf8_are_the_same_bytes_in_url_and_name(self, origin: Origin, rheo: Rheo) -> None:
        origin.serve("/%FF.iso", File(A))
        Path("sums").write_bytes(SHA_A.encode() + b"  \xff.iso\n")

        assert rheo("-i", "sums", "--format", "sums", "--base-url", origin.url("/")).code == 0
        assert Path("\udcff.iso").read_bytes() == A

    def test_a_wrong_file_does_not_get_its_name(self, base: str, rheo: Rheo) -> None:
        Path("SHA256SUMS").write_text(f"{SHA_B}  a.iso\n")

        assert rheo("-i", "SHA256SUMS", "--base-url", base).code == 6
        assert "a.iso" not in left()

    def test_lines_that_are_none_are_told_and_the_others_are_fetched(self, base: str, rheo: Rheo) -> None:
        names = ["../a.iso", "/pub/a.iso", "x/../../a.iso", "-", ".", ".bashrc"]
        lines = [*(f"{SHA_A}  {name}" for name in names), "hello", SHA_A, f"SKEIN (x) = {SHA_A}", f"{SHA_A}  a.iso"]
        Path("SHA256SUMS").write_text("\n".join(lines))

        ran = rheo("-i", "SHA256SUMS", "--base-url", base, "--json")

        facts = [json.loads(line) for line in ran.out.splitlines()]
        assert [one["line"] for one in facts if one["type"] == "refused"] == [
            f"SHA256SUMS, line {number}" for number in range(1, 10)
        ]
        assert ran.code == 3
        assert left() == {"a.iso", "SHA256SUMS"}

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            ([], "add --base-url https://example.com/pub/"),
            (["--base-url", "pub/"], "has no scheme"),
            (["--base-url", "https://me:secret@x.example/"], "--user is for logins"),
            (["--base-url", "https://x.example/?key=secret"], "https://x.example/ has a query"),
            (["--base-url", "https://x.example/", "--glob"], "a list of checksums has no patterns"),
        ],
    )
    def test_without_a_base_that_can_be_one_nothing_is_fetched(
        self, rheo: Rheo, words: list[str], sentence: str
    ) -> None:
        Path("SHA256SUMS").write_text(f"{SHA_A}  a.iso\n")

        ran = rheo("-i", "SHA256SUMS", *words)

        assert ran.code == 2
        assert sentence in ran.err
        assert "secret" not in ran.err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("urls.txt", "{0}a.iso\na.iso\n  out=b.iso\n/pub/a.iso\n  out=c.iso\n"),
        ("urls.csv", "url,out\n{0}a.iso,\na.iso,b.iso\n../pub/a.iso,c.iso\n"),
        ("urls.jsonl", '"{0}a.iso"\n{{"url": "./a.iso", "out": "b.iso"}}\n{{"url": "/pub/a.iso", "out": "c.iso"}}\n'),
    ],
)
def test_relative_urls_of_every_format_begin_at_the_base(base: str, rheo: Rheo, name: str, text: str) -> None:
    Path(name).write_text(text.format(base))

    assert rheo("-i", name, "--base-url", base).code == 0
    assert left() == {name, "a.iso", "b.iso", "c.iso"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_list_is_read_as_its_first_bytes_say(base: str, rheo: Rheo, encoding: str) -> None:
    Path("urls.txt").write_bytes(f"{base}a.iso\r\n  out=ü.iso\r\n".encode(encoding))

    assert rheo("-i", "urls.txt").code == 0
    assert Path("ü.iso").read_bytes() == A
