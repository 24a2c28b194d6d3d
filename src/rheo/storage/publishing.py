"""Giving a whole file its final name, around what has that name meanwhile."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rheo.domain.errors import TakenOverError
from rheo.domain.settings import OnExists
from rheo.storage.platform import rename_without_clobbering
from rheo.storage.sidecar import same

Numbered = Callable[[str, int], str]
"""How a name is changed for the nth try: `a.iso`, 1 → `a.1.iso`."""


@contextmanager
def moved(part: str, path: str, identity: os.stat_result) -> Iterator[None]:
    """Have our part under a name that nobody else uses, or where it was if that fails; TakenOverError if not ours.

    Looking first and renaming then would name somebody else's part if it took the place of ours in between.
    """
    rename_without_clobbering(part, path)
    if not same(os.lstat(path), identity):
        rename_without_clobbering(path, part)
        raise TakenOverError(f"{part} is not the file that was written; another process took it over")
    try:
        yield
    except OSError:
        rename_without_clobbering(path, part)
        raise


def rename_to(part: str, target: str, on_exists: OnExists, numbered: Numbered) -> str:
    """Return the name that the part has now; FileExistsError where one came meanwhile and is to stay."""
    if on_exists is OnExists.OVERWRITE:
        os.replace(part, target)
        return target
    folder, name = os.path.split(target)
    path = target
    for number in itertools.count(1):
        try:
            rename_without_clobbering(part, path)
        except FileExistsError:
            if on_exists is not OnExists.RENAME:
                raise
            path = os.path.join(folder, numbered(name, number))
        else:
            break
    return path
