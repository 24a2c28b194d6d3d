"""The options that name a list of what to fetch, and say how to read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rheo.cli.options import FILES
from rheo.domain.errors import UsageError

if TYPE_CHECKING:
    from rheo.cli.lists import ListWords

InputFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--input-file",
        "-i",
        metavar="FILE",
        help="fetch what this list has: URLs, CSV, TSV, JSON Lines, checksums or a Metalink; - is standard input",
        rich_help_panel=FILES,
    ),
]
Form = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help="how the list is written: plain, csv, tsv, jsonl, sums, metalink",
        rich_help_panel=FILES,
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="NAME=COLUMN",
        help="how the list calls something: --column url=image_link; may be given several times",
        rich_help_panel=FILES,
    ),
]
Patterns = Annotated[
    bool,
    typer.Option("--glob", help="[001-100], [a-z] and {a,b} in its URLs stand for many", rich_help_panel=FILES),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        metavar="URL",
        help="the folder where its relative URLs begin, and the files that SHA256SUMS and the like name",
        rich_help_panel=FILES,
    ),
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="fetch nothing where a line of the list is bad", rich_help_panel=FILES),
]


def list_words(
    path: str | None, form: str | None, columns: list[str], base_url: str | None, *, patterns: bool, strict: bool
) -> ListWords | None:
    """Return what is said of a list, if there is one; raises UsageError for what is said of none."""
    if path is not None:
        from rheo.cli.lists import ListWords  # noqa: PLC0415  (few have a list)

        return ListWords(path, form, columns, patterns, base_url, strict)
    if any((form, columns, patterns, base_url, strict)):
        raise UsageError(
            "--format, --column, --glob, --base-url and --strict tell of a list; name it with --input-file"
        )
    return None


def list_path(urls: Sequence[str], input_files: Sequence[str]) -> tuple[list[str], str | None]:
    """Return the URLs, and the list: that of an option, or of `download batch LIST`; raises UsageError."""
    if len(input_files) > 1:
        raise UsageError(f"--input-file is one list, but there are {len(input_files)}; fetch them one by one")
    if list(urls[:1]) != ["batch"]:
        return list(urls), next(iter(input_files), None)
    if input_files or len(urls) != 2:  # noqa: PLR2004  (the word, and the list)
        raise UsageError("a batch is one list; write: rheo download batch urls.txt, or - for standard input")
    return [], urls[1]
