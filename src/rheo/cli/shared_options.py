"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rheo.cli.options import FILES, SETTINGS

Hashes = Annotated[
    list[str] | None,
    typer.Option(
        "--hash",
        metavar="ALGO:HEX",
        help="what the file must hash to, such as sha256:9f86…; may be given several times",
        rich_help_panel=FILES,
    ),
]
OtherHashes = Annotated[list[str] | None, typer.Option("--checksum", hidden=True)]
HashFile = Annotated[
    str | None,
    typer.Option(
        "--hash-file",
        metavar="FILE|URL",
        help="a list that has the file's hash under its name, as sha256sum writes it",
        rich_help_panel=FILES,
    ),
]
EnvFile = Annotated[
    Path | None,
    typer.Option("--env-file", metavar="FILE", help="a .env that may set everything", rich_help_panel=SETTINGS),
]
