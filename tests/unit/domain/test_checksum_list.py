"""Lists of checksums: their forms, and what is none."""

from __future__ import annotations

import pytest

from rheo.domain.checksum import Checksum
from rheo.domain.checksum_list import LONGEST, ChecksumList, list_line, parse_checksum_list
from rheo.domain.errors import InvalidHashFileError

A, B = "a" * 64, "b" * 64


def parsed(text: str | bytes, *, source: str = "SUMS") -> ChecksumList:
    return parse_checksum_list(text if isinstance(text, bytes) else text.encode(), source=source)


def found(text: str | bytes, name: str = "a.iso", *, source: str = "SUMS") -> list[str]:
    return [str(checksum) for checksum in parsed(text, source=source).checksums_of([name])]


def refusal(text: str | bytes, name: str = "a.iso") -> str:
    with pytest.raises(InvalidHashFileError) as caught:
        found(text, name)
    return caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        f"{A}  a.iso\n",
        f"{A} *a.iso",
        f"{A} a.iso\r\n",
        f"{A}\ta.iso\n",
        f"{A.upper()}  ./a.iso\n",
        f"SHA256 (a.iso) = {A}\n",
        f"SHA256(a.iso)= {A}\n",
        f"SHA2-256(a.iso)= {A}\n",
        f"\n# made by hand\n\n{B}  b.iso\n{A}  a.iso\n{A}  a.iso\n",
        f"\ufeff{A}  a.iso\n",
        f"{A}\n",
    ],
)
def test_forms_that_are_read(text: str) -> None:
    assert found(text) == [f"sha256:{A}"]


def test_what_a_signature_puts_around_is_passed_over() -> None:
    text = f"""\
-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

{A}  a.iso
- {B}  -b.iso
-----BEGIN PGP SIGNATURE-----

iQIzBAEBCgAdFiEE
-----END PGP SIGNATURE-----
"""
    assert found(text) == [f"sha256:{A}"]
    assert found(text, "-b.iso") == [f"sha256:{B}"]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (rf"\{A}  a\nb\\c\rd", "a\nb\\c\rd"),
        (rf"\SHA256 (a\\b) = {A}", "a\\b"),
        (rf"{A}  a\nb", r"a\nb"),
        (f"{A}   b", " b"),
        (f"{A}  *b", "*b"),
        (f"SHA256 (x (1)) = {B}) = {A}", f"x (1)) = {B}"),
        (f"{A}  \udcff".encode("utf-8", "surrogateescape"), "\udcff"),
    ],
)
def test_names_are_what_they_are(line: str | bytes, name: str) -> None:
    assert found(line, name) == [f"sha256:{A}"]


@pytest.mark.parametrize(
    ("digits", "source", "algorithm"),
    [
        (32, "SUMS", "md5"),
        (40, "SUMS", "sha1"),
        (96, "SUMS", "sha384"),
        (128, "SUMS", "sha512"),
        (128, "https://example.com/x/B2SUMS?sha256", "blake2b"),
        (128, "lib2.sha512", "sha512"),
        (64, "a.iso.sha3-256", "sha3-256"),
        (64, "sha512sum.txt", "sha256"),
        (8, "a.crc32", "crc32"),
    ],
)
def test_length_and_the_name_of_the_list_tell_the_algorithm(digits: int, source: str, algorithm: str) -> None:
    assert found(f"{'0' * digits}  a.iso\n", source=source) == [f"{algorithm}:{'0' * digits}"]


def test_a_file_may_have_several_checksums() -> None:
    text = f"MD5 (a.iso) = {'0' * 32}\nSHA256 (a.iso) = {A}\nSKEIN (a.iso) = 00\n"
    assert found(text) == [f"md5:{'0' * 32}", f"sha256:{A}"]


@pytest.mark.parametrize(
    "text",
    [
        f"{A}  A.ISO\n",
        f"{A}  d/a.iso\n",
        f"{A}  a.iso \n",
        f"{A}  a.iso.sig\n",
        f"RMD160 (a.iso) = {'0' * 40}\n",
        f"{A}\n{B}\n",
        f"{A}\n{B}  b.iso\n",
        "",
    ],
)
def test_a_name_counts_only_to_the_letter(text: str) -> None:
    assert found(text) == []


def test_of_several_names_the_first_that_is_listed_counts() -> None:
    listed = parsed(f"{A}  a.iso\n{B}  b.iso\n")
    assert listed.checksums_of(["c.iso", "b.iso", "a.iso"]) == (Checksum("sha256", B),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{A}  a.iso\n{B} *./a.iso\n", "SUMS, lines 1 and 2: a.iso is listed with different digests; which one is"),
        (f"{A}  a.iso\n<html>\n", "SUMS, line 2: '<html>' lists no checksum; a line is a digest, two blanks, and a"),
        ("\x1b[2Jx\n", r"SUMS, line 1: '\x1b[2Jx' lists no checksum"),
        (f"{A[1:]}  a.iso\n", "SUMS, line 1: no digest that rheo knows has 63 hexadecimal digits"),
        ("SHA256 (a.iso) = 00\n", "SUMS, line 1: a sha256 digest has 64 digits, not 2"),
        (f"\\{A}  a\\tb\n", r"SUMS, line 1: \t stands for nothing in an escaped name"),
        ("a\0b", "SUMS has a NUL in it: it is no list of checksums"),
        (b"#" * (LONGEST + 1), "SUMS has more than 1 MiB: it is no list of checksums"),
    ],
)
def test_what_is_no_list_is_told_by_its_line(text: str | bytes, message: str) -> None:
    assert refusal(text).startswith(message)


def test_lines_are_written_as_coreutils_write_them() -> None:
    assert list_line("a.iso", Checksum("sha256", A)) == f"{A}  a.iso"
    assert list_line("a\n\\", Checksum("sha256", A)) == f"\\{A}  a\\n\\\\"
    assert list_line("a.iso", Checksum("sha3-256", A), tagged=True) == f"SHA3-256 (a.iso) = {A}"
