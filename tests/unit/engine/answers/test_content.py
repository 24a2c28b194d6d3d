"""Pages where files were promised, and bodies that came compressed unasked."""

from __future__ import annotations

import pytest

from rheo.domain.errors import CodedBodyError
from rheo.engine.answers.content import coding_of, suspicious, to_unpack
from rheo.transport.base import Head


def coded(coding: str) -> Head:
    return Head("1.1", 200, {"content-encoding": coding})


@pytest.mark.parametrize("content_type", ["text/html", "Text/HTML; charset=utf-8", "application/xhtml+xml"])
@pytest.mark.parametrize("name", ["a.iso", "a.tar.gz", "A.PDF", "model.safetensors", "data.json"])
def test_a_page_under_the_name_of_a_file_is_suspicious(content_type: str, name: str) -> None:
    assert suspicious(content_type=content_type, name=name, beginning=b"anything")


@pytest.mark.parametrize(
    "beginning",
    [
        b"<!DOCTYPE html><title>Login</title>",
        b"<!doctype HTML PUBLIC",
        b"\xef\xbb\xbf\r\n\t <html lang=en>",
        b"<HTML>",
        b"<html",
    ],
)
@pytest.mark.parametrize("content_type", [None, "application/octet-stream"])
def test_a_body_that_begins_like_a_page_is_one(beginning: bytes, content_type: str | None) -> None:
    assert suspicious(content_type=content_type, name="a.iso", beginning=beginning)


@pytest.mark.parametrize("beginning", [b"", b"PK\x03\x04", b"<htmlx>", b"<!doctype htmlx", b"<svg>", b"\x1f\x8b<html>"])
def test_a_body_that_begins_like_something_else_is_not_suspicious(beginning: bytes) -> None:
    assert not suspicious(content_type="application/octet-stream", name="a.iso", beginning=beginning)


@pytest.mark.parametrize(
    "name", ["index.html", "a.htm", "a.php", "a.asp", "a.aspx", "a.jsp", "a.cgi", "README", "a.unheard-of", "iso"]
)
def test_a_name_that_promises_no_other_type_is_not_suspicious(name: str) -> None:
    assert not suspicious(content_type="text/html", name=name, beginning=b"<html>")


@pytest.mark.parametrize(
    ("written", "coding"),
    [
        ("gzip", "gzip"),
        (" GZip ", "gzip"),
        ("identity", None),
        ("", None),
        ("identity, br", "br"),
        ("gzip,gzip", "gzip, gzip"),
    ],
)
def test_a_coding_is_all_but_identity(written: str, coding: str | None) -> None:
    assert coding_of(coded(written)) == coding


def test_without_its_field_a_body_has_no_coding() -> None:
    assert coding_of(Head("1.1", 200, {})) is None


@pytest.mark.parametrize(
    ("coding", "name"),
    [
        ("gzip", "a.tar.gz"),
        ("x-gzip", "a.TGZ"),
        ("gzip", "a.svgz"),
        ("br", "a.br"),
        ("zstd", "a.tar.zst"),
        ("bzip2", "a.bz2"),
        ("compress", "a.tar.Z"),
        ("identity", "a.iso"),
    ],
)
@pytest.mark.parametrize("asked", [None, "gzip, deflate"])
def test_a_coding_that_the_name_promises_is_the_file(coding: str, name: str, asked: str | None) -> None:
    assert to_unpack(coded(coding), name, asked=asked) is None


@pytest.mark.parametrize(
    ("coding", "name"),
    [("gzip", "a.iso"), ("gzip", "gz"), ("br", "a.gz"), ("deflate", "a.zz"), ("gzip, gzip", "a.gz"), ("odd", "a.odd")],
)
def test_any_other_coding_is_refused(coding: str, name: str) -> None:
    with pytest.raises(CodedBodyError):
        to_unpack(coded(coding), name, asked=None)


@pytest.mark.parametrize(
    ("written", "name", "coding"),
    [
        ("gzip", "a.iso", "gzip"),
        ("X-GZip", "a.iso", "gzip"),
        (" deflate ", "a.gz", "deflate"),
        ("identity, gzip", "gz", "gzip"),
        ("identity", "a.iso", None),
    ],
)
def test_one_coding_that_was_asked_for_is_unpacked(written: str, name: str, coding: str | None) -> None:
    assert to_unpack(coded(written), name, asked="gzip, deflate") == coding


@pytest.mark.parametrize("written", ["br", "zstd", "gzip, gzip", "deflate, gzip", "x-deflate", "gzip, deflate"])
def test_several_codings_and_those_that_nobody_asked_for_are_refused(written: str) -> None:
    with pytest.raises(CodedBodyError, match=r"asked for one of gzip, deflate: without --compressed"):
        to_unpack(coded(written), "a.iso", asked="gzip, deflate")


def test_the_refusal_says_what_came_and_what_was_asked_for() -> None:
    with pytest.raises(CodedBodyError, match=r"sent a\.iso coded as gzip, though rheo asked for identity"):
        to_unpack(coded("gzip"), "a.iso", asked=None)
