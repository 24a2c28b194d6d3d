"""The extensions that types give: a fixed table, without what says nothing and what can be run."""

from __future__ import annotations

import pytest

from rheo.engine.names.extensions import all_extensions, extension_of, has_extension


@pytest.mark.parametrize(
    ("kind", "extension"),
    [
        ("application/pdf", ".pdf"),
        ("application/zip", ".zip"),
        ("application/x-gzip", ".gz"),
        ("image/jpeg", ".jpg"),
        ("audio/mpeg", ".mp3"),
        ("video/mp4", ".mp4"),
        ("text/csv", ".csv"),
        ("application/octet-stream", ""),
        ("text/plain", ""),
        ("text/html", ""),
        ("application/x-msdownload", ""),
        ("application/x-sh", ""),
        ("text/javascript", ""),
        ("PDF", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_type_gives_an_extension(kind: str | None, extension: str) -> None:
    assert extension_of(kind) == extension


def test_a_stopgap_takes_what_it_can_get() -> None:
    assert extension_of("text/plain", stopgap=True) == ".txt"
    assert extension_of("text/html", stopgap=True) == ".html"
    assert extension_of("application/pdf", stopgap=True) == ".pdf"
    assert extension_of("application/octet-stream", stopgap=True) == ""


def test_every_extension_counts_as_one() -> None:
    assert all(has_extension(f"a{extension}") for extension in all_extensions())
    assert len(set(all_extensions())) == len(list(all_extensions()))


@pytest.mark.parametrize(
    ("name", "has"),
    [
        ("a.iso", True),
        ("a.tar.gz", True),
        ("v1.2", True),
        ("a.\u4f8b", True),
        ("README", False),
        ("Mr. Smith", False),
        ("a.", False),
        ("a.sixteen-letters1", False),
    ],
)
def test_an_ending_without_blanks_is_an_extension(name: str, has: bool) -> None:  # noqa: FBT001
    assert has_extension(name) is has
