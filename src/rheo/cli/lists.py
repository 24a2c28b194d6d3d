"""Lists on the command line: which file, in which format, and what its lines ask for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import Final, NamedTuple, cast

from rheo.batch.fed import Fed
from rheo.domain.errors import BadLineError, InvalidListError, UsageError
from rheo.domain.lists.base import base_of
from rheo.domain.lists.formats import ListFormat, check_form, format_of, read_list
from rheo.domain.lists.line import BadLine, Line
from rheo.domain.settings import Settings
from rheo.domain.text import printable
from rheo.domain.url import Url
from rheo.storage.given.list_file import OpenList, copy_of, lines_of, open_list
from rheo.wishes import Wishes, is_address
from rheo.wishes.lists import Asking, asking

STANDARD_INPUT: Final = "-"

_OF_ONE_FILE: Final = {
    "checksum": ("hash", "its lines may say hash"),
    "mirrors": ("mirror", "its lines may say mirrors"),
    "resume_from": ("resume-from", "name its URL instead"),
}
"""Wishes that only one file can have: their options, and the cure."""

_NOTHING: Final = "unused"
"""What to take a column for that is to mean nothing."""

_MOST_TOLD: Final = 5
"""Bad lines that a message lists."""


class ListWords(NamedTuple):
    """What stands on the command line of a list."""

    path: str
    """Or `-` for standard input."""
    form: str | None
    """How it is written; None: as its name tells."""
    columns: Sequence[str]
    """`NAME=COLUMN`: what to take which column for."""
    patterns: bool
    """Whether URLs stand for many."""
    base_url: str | None
    """Where relative URLs, and the names of a list of checksums, begin."""
    strict: bool
    """Whether a bad line keeps all from being fetched."""

    @property
    def place(self) -> str:
        """What messages call it."""
        return "standard input" if self.path == STANDARD_INPUT else printable(self.path)

    @property
    def file(self) -> Path | None:
        """The path; None is standard input."""
        return None if self.path == STANDARD_INPUT else Path(self.path).expanduser()


class Reading(NamedTuple):
    """A list that is read as it is taken."""

    fed: Iterator[Fed]
    again: Callable[[Line, int], Fed]
    """Reads a line once more, the nth file of the list."""
    root: Path
    """The folder below which all files go."""


def read(words: ListWords, settings: Settings, wishes: Wishes, *, beside: int) -> Reading:
    """Return what reads a list and asks for its files; raises the UsageError of a list that cannot be read.

    Where it is to be strict, it is read to its end first, and a bad line is such an error. `beside` is how many files
    are asked for that are none of the list's: they have nothing to fill templates in with.
    """
    for wish, (option, cure) in _OF_ONE_FILE.items():
        if wishes.get(wish):
            raise UsageError(f"--{option} is of one file, but {words.place} is a list; {cure}")
    if beside and (wishes.get("output") or "{" in str(settings.directory)):
        raise UsageError(f"fields in --directory and --output are for a list; put all URLs into {words.place}")
    form, columns = _form(words), dict(map(_column, words.columns))
    base = None if words.base_url is None else base_of(words.base_url)
    check_form(form, columns=columns, patterns=words.patterns, base=base)
    wall = datetime.now().astimezone()
    lines = asking(settings, wishes, ignorant=form.has_columns, now=wall)
    if form is ListFormat.METALINK and lines.templated:
        raise UsageError(f"{words.place} is a Metalink, which names its files; leave out --output, and fields in -d")
    _check_columns(columns, lines)
    ask = partial(_fed, words.place, lines)
    file = _opened(words)
    if form is ListFormat.METALINK:
        fed = _files(words, file, base, settings, cast(Wishes, {**wishes, "directory": lines.root}))
        if words.strict:
            _check(words, fed)
        return Reading(iter(fed), ask, lines.root)
    named = partial(read_list, form=form, columns=columns, needed=lines.needed)
    listed = partial(named, patterns=words.patterns, base=base, source=words.path)
    if words.strict:
        file = _checked(words, file, lambda text: map(ask, _begun(words, listed(text)), count(1)))
    return Reading(map(ask, _begun(words, listed(_to_its_end(file))), count(1)), ask, lines.root)


def _form(words: ListWords) -> ListFormat:
    if words.form is None:
        return format_of(words.path)
    try:
        return ListFormat(words.form.lower())
    except ValueError:
        raise UsageError(f"--format {printable(words.form)}: must be one of {', '.join(ListFormat)}") from None


def _column(word: str) -> tuple[str, str]:
    name, equals, column = word.partition("=")
    if not (name and equals and column):
        raise UsageError(f"--column {printable(word)}: write what it is, and how the list calls it: --column url=LINK")
    return name, column


def _check_columns(columns: Collection[str], lines: Asking) -> None:
    """Raise UsageError for what a column is to be taken for and nobody needs: files would be fetched without it."""
    if not columns:
        return
    from rheo.domain.lists.tables import MIRRORS, URL  # noqa: PLC0415  (few lists are tables)

    for name in columns:
        if name.lower() not in URL | MIRRORS and name != _NOTHING and not lines.needs(name):
            some = "url, mirrors, out, dir, hash, size, headers"
            raise UsageError(
                f"--column {printable(name)}=…: nobody knows that; a column is {some} and so on (docs/lists.md), "
                f"a name that --directory or --output has as {{column:NAME}}, or {_NOTHING}"
            )


def _opened(words: ListWords) -> OpenList:
    if is_address(words.path):
        raise InvalidListError("a list is a file here; have one fetched by: rheo URL -o - | rheo -i - --format NAME")
    try:
        return open_list(words.file)
    except (OSError, ValueError) as error:
        raise InvalidListError(f"{words.place}: {_why(error)}") from error


def _files(words: ListWords, file: OpenList, base: Url | None, settings: Settings, wishes: Wishes) -> list[Fed]:
    """Return what the files of a Metalink ask for; all of them, as the document has to be read to its end anyway."""
    from rheo.cli.metalinks import tell_notes  # noqa: PLC0415  (few lists are Metalinks)
    from rheo.domain.metalink.document import MOST_BYTES  # noqa: PLC0415
    from rheo.domain.metalink.parsing import parse_metalink  # noqa: PLC0415
    from rheo.wishes.metalink import each_request  # noqa: PLC0415

    with file:
        try:
            document = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise InvalidListError(f"{words.place}: {_why(error)}") from error
    metalink = parse_metalink(document, place=words.place, base=base)
    requests = each_request(metalink, settings, wishes)
    tell_notes(metalink.place, metalink.notes, settings)
    return [Fed(number, f"{words.place}, file {number}", one) for number, one in enumerate(requests, start=1)]


def _checked(words: ListWords, file: OpenList, fed: Callable[[Iterator[str]], Iterable[Fed]]) -> OpenList:
    """Return a copy of a list without bad lines, once it was read to its end; raises InvalidListError.

    The copy is what is fetched: the list may be a pipe, which cannot be read twice, or change meanwhile.
    """
    try:
        copy = copy_of(file)
    except OSError as error:
        raise InvalidListError(f"{words.place}: {_why(error)}") from error
    try:
        _check(words, fed(lines_of(copy)))
    except UsageError:
        copy.close()
        raise
    copy.seek(0)
    return copy


def _check(words: ListWords, fed: Iterable[Fed]) -> None:
    """Raise InvalidListError where any line is bad; it names the first ones."""
    count, told = 0, []
    for one in fed:
        if isinstance(one.asked, BadLineError):
            count += 1
            if count <= _MOST_TOLD:
                told.append(f"{one.place.removeprefix(words.place)[2:]}: {one.asked.message}")
    if not count:
        return
    more = f"; and {count - _MOST_TOLD:,} more" if count > _MOST_TOLD else ""
    lines = "1 bad line" if count == 1 else f"{count:,} bad lines"
    raise InvalidListError(f"{words.place} has {lines}, so that --strict fetches nothing: {'; '.join(told)}{more}")


def _begun(words: ListWords, lines: Iterator[Line | BadLine]) -> Iterator[Line | BadLine]:
    """Return the lines once the first of them is there; raises InvalidListError where there will be none."""
    try:
        first = next(lines, None)
    except (InvalidListError, OSError, UnicodeError) as error:
        raise InvalidListError(f"{words.place}: {_why(error)}") from error
    if first is None:
        raise InvalidListError(f"{words.place} lists nothing")
    return _whole(chain([first], lines))


def _whole(lines: Iterator[Line | BadLine]) -> Iterator[Line | BadLine]:
    """Yield the lines, and last what keeps the rest from being read."""
    number = 0
    try:
        for line in lines:
            number = line.number
            yield line
    except (OSError, UnicodeError) as error:
        yield BadLine(number + 1, _why(error))


def _to_its_end(file: OpenList) -> Iterator[str]:
    """Yield the lines of a file, and close it."""
    with file:
        yield from lines_of(file)


def _why(error: InvalidListError | OSError | ValueError) -> str:
    if isinstance(error, InvalidListError):
        return error.message
    if isinstance(error, UnicodeError):
        return "not all of it is in the encoding that its first bytes tell"
    return f"it cannot be read: {error.strerror if isinstance(error, OSError) else error}"


def _fed(place: str, asking: Asking, line: Line | BadLine, nth: int) -> Fed:
    place = f"{place}, line {line.number}"
    if isinstance(line, BadLine):
        return Fed(line.number, place, BadLineError(line.wrong))
    try:
        return Fed(line.number, place, asking.request_of(line, nth), asking.kept(line), nth)
    except BadLineError as error:
        return Fed(line.number, place, error.with_traceback(None))
