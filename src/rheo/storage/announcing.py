"""Tells journals of files before they have their names."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rheo.storage.publishing import Choose, Naming

if TYPE_CHECKING:
    from concurrent.futures import Future

    from rheo.domain.batch.journal import Journal, Recorded  # loaded where there is a ledger
    from rheo.domain.batch.row import Publishing


class Announcement(NamedTuple):
    """What is to be remembered of a file, and by whom."""

    recorded: Recorded
    file: Publishing
    choose_name: Callable[[Container[str], Choose], str]
    """Returns the name that it is to have, which is none of these: it may not be free any more."""
    claims: bool = False
    """Whether its name must be no other row's: where files that are there may be left, or replaced by what is right."""


def announce(announcements: Sequence[Announcement]) -> None:
    """Return once all of it is remembered by the names to come, each journal told once; raises what a journal does.

    Where a name is taken until a file gets it, the same is done with the next one.
    """
    by_journal: dict[int, tuple[Journal, list[Publishing]]] = {}
    for one, name in zip(announcements, _names(announcements), strict=True):
        journal = one.recorded.journal
        if one.recorded.told:
            by_journal.setdefault(id(journal), (journal, []))[1].append(one.file._replace(path=name))
        one.choose_name((), partial(_watched, partial(_announced_anew, one.recorded, one.file, claims=one.claims)))
    for journal, files in by_journal.values():
        journal.publishing(files)


def _watched(announce_anew: Callable[[str], bool], naming: Naming, _: Container[str]) -> Naming:
    return naming._replace(announce_anew=announce_anew)


def _announced_anew(recorded: Recorded, file: Publishing, name: str, *, claims: bool) -> bool:
    """Have a name remembered in the place of the one before; return whether the file may have it."""
    if claims and not _asked(recorded, name).result():
        return False
    if recorded.told:
        recorded.journal.publishing([file._replace(path=name)])
    return True


def _names(announcements: Sequence[Announcement]) -> list[str]:
    """Return what each is to be called; whose name turns out to be another row's is numbered."""
    among: set[str] = set()
    names = []
    for one in announcements:
        names.append(one.choose_name(among, Naming.careful if one.claims else Naming.chosen))
        among.add(names[-1])
    asking, least = [place for place, one in enumerate(announcements) if one.claims], 1
    while asking:
        asking = _refused(asking, announcements, names)
        for place in asking:
            names[place] = announcements[place].choose_name(among, partial(Naming.around, least=least))
            among.add(names[place])
        least *= 2  # a million numbers may be of files that were used up
    return names


def _refused(asking: Sequence[int], announcements: Sequence[Announcement], names: Sequence[str]) -> list[int]:
    """Return those of some whose names are not theirs to have; all are asked for at once."""
    answers = [_asked(announcements[place].recorded, names[place]) for place in asking]
    return [place for place, answer in zip(asking, answers, strict=True) if not answer.result()]


def _asked(recorded: Recorded, name: str) -> Future[bool]:
    from rheo.storage.claiming import claimed  # noqa: PLC0415  (few ask)

    return claimed(recorded, name)
