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

    @property
    def asks(self) -> bool:
        """Whether it must be asked if the file may have its name; nobody's takes the place of the journal itself."""
        return self.claims or self.recorded.journal.keeps(self.file.path)

    def first(self, naming: Naming, among: Container[str]) -> Naming:
        """Return how it comes to its name; a further one is remembered as well, if this one is taken until then."""
        chosen = naming.careful(among) if self.claims else naming.chosen(among)
        return chosen._replace(announce_anew=self.announce_anew)

    def announce_anew(self, name: str) -> bool:
        """Have a name remembered in the place of the one before; return whether the file may have it."""
        if self.claims and not self.asked(name).result():
            return False
        if self.recorded.told:
            self.recorded.journal.publishing([self.file._replace(path=name)])
        return True

    def asked(self, name: str) -> Future[bool]:
        """Have it said whether the file may have a name."""
        from rheo.storage.claiming import claimed  # noqa: PLC0415  (few ask)

        return claimed(self.recorded, name)


def announce(announcements: Sequence[Announcement]) -> None:
    """Return once all of it is remembered by the names to come, each journal told once; raises what a journal does.

    Where a name is taken until a file gets it, the same is done with the next one.
    """
    by_journal: dict[int, tuple[Journal, list[Publishing]]] = {}
    for one, name in zip(announcements, _names(announcements), strict=True):
        journal = one.recorded.journal
        if one.recorded.told:
            by_journal.setdefault(id(journal), (journal, []))[1].append(one.file._replace(path=name))
    for journal, files in by_journal.values():
        journal.publishing(files)


def _names(announcements: Sequence[Announcement]) -> list[str]:
    """Return what each is to be called; whose name turns out to be another row's is numbered."""
    among: set[str] = set()
    names = []
    for one in announcements:
        names.append(one.choose_name(among, one.first))
        among.add(names[-1])
    asking, least = [place for place, one in enumerate(announcements) if one.asks], 1
    while asking:
        asking = _refused(asking, announcements, names)
        for place in asking:
            names[place] = announcements[place].choose_name(among, partial(Naming.around, least=least))
            among.add(names[place])
        least *= 2  # a million numbers may be of files that were used up
    return names


def _refused(asking: Sequence[int], announcements: Sequence[Announcement], names: Sequence[str]) -> list[int]:
    """Return those of some whose names are not theirs to have; all are asked for at once."""
    answers = [announcements[place].asked(names[place]) for place in asking]
    return [place for place, answer in zip(asking, answers, strict=True) if not answer.result()]
