"""The programs that are compared: how each is called, which version it is, and whether it is here at all."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

SEARCH_PATH: Final = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
"""rheo and python from beside the Python that runs this, everything else from the system."""

COMPARED: Final = ("rheo", "aria2c", "curl", "wget2", "axel")


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to call one program: the words before the URLs, with `{folder}`, `{ca}` and `{list}` to fill in."""

    name: str
    words: str
    before_mirror: str = ""
    """The word before each mirror's URL; empty: none is needed."""
    list_line: str = ""
    """How a line of its list names a `{url}`; empty: the URLs are arguments."""

    @property
    def program(self) -> str:
        """The executable's name."""
        return self.words.split()[0]

    def command(
        self, urls: Iterable[str], *, folder: Path, ca: Path, mirrors: Iterable[str] = (), listed: Path | None = None
    ) -> list[str]:
        """Return the arguments that fetch the URLs into the folder; `mirrors` are further ones of the only URL.

        `listed` is where a recipe that takes a list finds the URLs, as `list_of` writes them.
        """
        words = [word.format(folder=folder, ca=ca, list=listed) for word in self.words.split()]
        further = [word for mirror in mirrors for word in (self.before_mirror, mirror) if word]
        return [*words, *(() if self.list_line else urls), *further]

    def list_of(self, urls: Iterable[str]) -> str:
        """Return the text of its list; empty where the URLs are arguments."""
        return "".join(f"{self.list_line.format(url=url)}\n" for url in urls) if self.list_line else ""


RHEO: Final = Recipe("rheo", "rheo download -q --ca-file {ca} -d {folder}", before_mirror="--mirror")
CURL: Final = Recipe("curl", "curl -sS --cacert {ca} -O --output-dir {folder}")
CURL_PARALLEL: Final = Recipe("curl -Z", "curl -sS --cacert {ca} -Z --remote-name-all --output-dir {folder}")
WGET2: Final = Recipe("wget2", "wget2 -q --ca-certificate={ca} -P {folder}")
AXEL: Final = Recipe("axel -n16", "axel -q -n 16 -o {folder}")

RHEO_BATCH: Final = Recipe(
    "rheo download batch", "rheo download batch {list} -q --ca-file {ca} -d {folder}", list_line="{url}"
)
RHEO_BATCH_WITHOUT: Final = replace(RHEO_BATCH, name="rheo --no-ledger", words=f"{RHEO_BATCH.words} --no-ledger")
CURL_BATCH: Final = replace(
    CURL_PARALLEL, name="curl -Z -K", words=f"{CURL_PARALLEL.words} -K {{list}}", list_line='url = "{url}"'
)


def aria2c(*options: str) -> Recipe:
    """Return aria2c with options beyond folder, CA and quiet."""
    return Recipe(" ".join(("aria2c", *options)), " ".join(("aria2c -q --ca-certificate={ca} -d {folder}", *options)))


def aria2c_batch(*options: str) -> Recipe:
    """Return aria2c with a list, sixteen files at once, and further options."""
    recipe = aria2c("-i", "-j16", *options)
    return replace(recipe, words=recipe.words.replace(" -i ", " -i {list} "), list_line="{url}")


def present(recipes: Iterable[Recipe]) -> list[Recipe]:
    """Return those whose program is here and starts."""
    return [recipe for recipe in recipes if version_of(recipe.program) is not None]


def missing_programs(*names: str) -> list[str]:
    """Return those that are not installed, or do not start."""
    return [name for name in names if version_of(name) is None]


def describe_programs() -> list[str]:
    """Return a line with the version of each program, or that it is missing and left out."""
    return [version_of(name) or f"{name}: not on this machine, left out" for name in (*COMPARED, "nginx")]


@cache
def version_of(name: str) -> str | None:
    """Return a program's name and version; None where it is missing or cannot be started."""
    executable = shutil.which(name, path=SEARCH_PATH)
    if executable is None:
        return None
    try:
        ended = subprocess.run(_version_command(executable, name), capture_output=True, text=True, check=False)
    except OSError:
        return None
    lines = (ended.stdout or ended.stderr).splitlines()
    return re.split(r" \(| - ", lines[0])[0] if ended.returncode == 0 and lines else None


def _version_command(executable: str, name: str) -> Sequence[str]:
    match name:
        case "nginx":
            return (executable, "-v")
        case "openssl":
            return (executable, "version")
        case "ip":
            return (executable, "-V")
        case _:
            return (executable, "--version")
