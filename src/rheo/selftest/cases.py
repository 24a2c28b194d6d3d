"""The built-in cases: what each one shows, with which files, against which server, by which call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rheo.selftest import behaviours, fetches
from rheo.selftest.content import BLOCK, Content
from rheo.selftest.fetches import Offer
from rheo.selftest.server import Routes

KIB: Final = 1024
MIB: Final = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing that rheo must be able to do."""

    name: str
    shows: str
    contents: tuple[Content, ...]
    behaviour: Callable[[Content], Routes] = behaviours.at_once
    fetch: Callable[[Sequence[Offer], Path], None] = fetches.plainly
    arrives: bool = True
    """Whether the files are on the disk afterwards; else nothing is."""


CASES: Final = (
    Case(
        name="small",
        shows="a small file",
        contents=(Content("small.bin", 10 * KIB),),
    ),
    Case(
        name="large",
        shows="a large file, verified as it arrives",
        contents=(Content("large.bin", 64 * MIB),),
        fetch=fetches.with_checksum,
    ),
    Case(
        name="many",
        shows="a hundred files at once",
        contents=tuple(Content(f"{number:03}.bin", 10 * KIB) for number in range(100)),
        fetch=fetches.together,
    ),
    Case(
        name="redirected",
        shows="a file behind three redirects",
        contents=(Content("redirected.bin", 100 * KIB),),
        behaviour=behaviours.redirected,
    ),
    Case(
        name="slow",
        shows="a file in pieces, its progress told",
        contents=(Content("slow.bin", 11 * BLOCK),),
        behaviour=behaviours.slowly,
        fetch=fetches.watching,
    ),
    Case(
        name="unavailable",
        shows="a server that is unavailable once",
        contents=(Content("unavailable.bin", 100 * KIB),),
        behaviour=behaviours.unavailable_once,
    ),
    Case(
        name="cut",
        shows="a connection that breaks in the middle",
        contents=(Content("cut.bin", 4 * MIB),),
        behaviour=behaviours.cut_once,
    ),
    Case(
        name="misnamed",
        shows="a name that leads out of the folder stays inside",
        contents=(Content("misnamed.bin", 100 * KIB),),
        behaviour=behaviours.misnamed,
    ),
    Case(
        name="wrong-hash",
        shows="a file that is not the one asked for is refused",
        contents=(Content("wrong-hash.bin", 4 * MIB),),
        fetch=fetches.refused,
        arrives=False,
    ),
)
