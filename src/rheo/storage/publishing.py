"""Giving a whole file its final name, around what has that name meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from rheo.domain.errors import StorageError, TakenOverError
from rheo.domain.safe_names import free_number
from rheo.domain.settings import OnExists
from rheo.storage.platform import rename_without_clobbering
from rheo.storage.sidecar import same

Numbered = Callable[[str, int], str]
"""How a name is changed for the nth try: `a.iso`, 1 → `a.1.iso`."""


def move(part: str, path: str, identity: os.stat_result) -> None:
    """Give our part a name that nobody else uses; raises TakenOverError where it is not ours any more.

    Looking first and renaming then would move somebody else's part if it took the place of ours in between.
    """
    try:
        rename_without_clobbering(part, path)
        if same(os.lstat(path), identity):
            return
        rename_without_clobbering(path, part)
    except FileNotFoundError:
        raise _lost(part) from None
    raise _lost(part)


@contextmanager
def moved(part: str, path: str, identity: os.stat_result) -> Iterator[None]:
    """Have our part under a name that nobody else uses, or where it was if that fails; TakenOverError if not ours."""
    move(part, path, identity)
    try:
        yield
    except FileNotFoundError:
        raise _lost(part) from None
    except (OSError, StorageError):
        rename_without_clobbering(path, part)
        raise


class Naming(NamedTuple):
    """How a file comes to its name."""

    target: str
    on_exists: OnExists
    numbered: Numbered
    first: str
    """The name that is tried first."""
    announce_anew: Callable[[str], bool] | None = None
    """Has a further name remembered, as the first one is; returns whether the file may have it. None: nobody minds."""

    def chosen(self, among: Container[str]) -> Naming:
        """Return the same, where a name is tried first that nobody has by now, nor one of `among` is to have."""
        if self.on_exists is not OnExists.RENAME or _is_free(self.target, among):
            return self
        return self.around(among)

    def careful(self, among: Container[str]) -> Naming:
        """Return the same, chosen; it touches nothing that comes to the target if nothing is there by now."""
        careful = self if os.path.lexists(self.target) else self._replace(on_exists=OnExists.RENAME)
        return careful.chosen(among)

    def around(self, among: Container[str], *, least: int = 1) -> Naming:
        """Return the same, where a number from `least` on is tried first that is free: the target is another's."""
        first = numbered_path(self.target, self.numbered, among, least=least)
        return self._replace(on_exists=OnExists.RENAME, first=first)

    def another(self) -> str:
        """Return a further name that is free, as somebody took the one before meanwhile."""
        least = 1
        while True:
            path = numbered_path(self.target, self.numbered, least=least)
            if self.announce_anew is None or self.announce_anew(path):
                return path
            least *= 2  # as in a list's names


Choose = Callable[[Naming, Container[str]], Naming]
"""Settles the name that is tried first; none of those that others are to have."""


def rename_to(part: str, naming: Naming) -> str:
    """Return the name that the part has now; FileExistsError where one came meanwhile and is to stay."""
    if naming.on_exists is OnExists.OVERWRITE:
        os.replace(part, naming.target)
        return naming.target
    return give_free_name(naming, partial(rename_without_clobbering, part))


def give_free_name(naming: Naming, give: Callable[[str], None]) -> str:
    """Return the name that was given, the first one that is free; FileExistsError where one came and is to stay.

    `give` gives a file a name, and raises FileExistsError where that is taken.
    """
    path = naming.first
    while True:
        try:
            give(path)
        except FileExistsError:
            if naming.on_exists is not OnExists.RENAME:
                raise
            path = naming.another()
        else:
            return path


def numbered_path(target: str, numbered: Numbered, among: Container[str] = (), *, least: int = 1) -> str:
    """Return the target with a number from `least` on that is free, and not of `among`; only looks, takes nothing."""
    folder, name = os.path.split(target)
    number = free_number(
        lambda number: number >= least and _is_free(os.path.join(folder, numbered(name, number)), among)
    )
    return os.path.join(folder, numbered(name, number))


def _is_free(path: str, among: Container[str]) -> bool:
    return path not in among and not os.path.lexists(path)


def _lost(part: str) -> TakenOverError:
    return TakenOverError(f"{part} was taken over by another process, or taken away")
