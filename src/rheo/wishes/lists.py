"""From the line of a list to what the manager is asked: what its columns or options mean as wishes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from os.path import normpath, sep
from pathlib import Path
from typing import Final, cast

from rheo.domain.checksum import ALGORITHMS, canonical
from rheo.domain.download import STANDARD_OUTPUT, DownloadRequest
from rheo.domain.errors import BadLineError, UsageError
from rheo.domain.lists.line import Line, shown
from rheo.domain.login import AuthScheme, Login
from rheo.domain.secret import Secret
from rheo.domain.settings import RestrictFilenames, Settings
from rheo.domain.templates import Known, Template, folder_template, name_template, spelt
from rheo.domain.url import parse_url, without_user_info
from rheo.wishes import Asker, Wishes, asker, checksums_of, restriction_of

_Said = Mapping[str, Sequence[str]]
"""The values that a line has, by what they mean."""

_MEANINGS: Final = {
    "directory": ("dir", "directory", "folder"),
    "output": ("out", "output", "filename", "file-name"),
    "checksum": ("hash", "hashes", "checksum", "checksums"),
    "headers": ("header", "headers"),
    "referer": ("referer",),
    "user_agent": ("user-agent",),
    "proxy": ("proxy", "all-proxy"),
    "limit_rate": ("limit", "limit-rate", "max-download-limit"),
    "on_exists": ("on-exists",),
    "deadline": ("deadline",),
    "size": ("size",),
    "priority": ("priority",),
    "user": ("user", "http-user"),
    "password": ("password", "http-passwd"),
}
"""What is said of a file, and how lists call it: in our words, and in those of aria2."""

_BY_NAME: Final = {name: meaning for meaning, names in _MEANINGS.items() for name in names}
_PRIVATE: Final = frozenset({"headers", "user", "password", "proxy"})
_WITHOUT_USER: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*+://[^/?#@\\]++[/?#]")
"""How a URL begins whose `@` is in its path, and parts no login from a host; any other one with an `@` may have one."""
_ANSWERED_BY: Final = frozenset({"referer", "user_agent"})
_WORD: Final = re.compile(r"[\w-]{1,40}")
_TEXTS: Final = ("referer", "proxy", "on_exists", "deadline")
_NUMBERS: Final = ("size", "priority")

_OF_ARIA2: Final = frozenset(
    """
    allow-overwrite allow-piece-length-change always-resume async-dns auto-file-renaming check-integrity
    conditional-get connect-timeout content-disposition-default-utf8 continue disable-ipv6 dry-run
    enable-http-keep-alive enable-http-pipelining file-allocation force-save gid hash-check-only http-accept-gzip
    http-no-cache lowest-speed-limit max-connection-per-server max-file-not-found max-mmap-limit
    max-resume-failure-tries max-tries min-split-size no-file-allocation-limit no-netrc parameterized-uri pause
    piece-length proxy-method realtime-chunk-checksum remote-time remove-control-file retry-wait reuse-uri
    save-not-found split stream-piece-selector timeout uri-selector use-head
    """.split()  # noqa: SIM905  (a word a line would be a page)
)
"""aria2's other options of a download, which say how and not what: rheo has them for all files, or as it goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What the lines of a list ask for; made by `asking`."""

    settings: Settings
    given: Wishes
    """What holds for all of them."""
    ask: Asker
    """Makes a request of that, worked out once: there may be millions of lines."""
    folder: Template
    name: Template | None
    """None lets URL and server name the files."""
    root: Path
    """What nothing leads out of; where the folder has no field, the folder of all."""
    restrict: RestrictFilenames | None
    ignorant: bool
    """Whether names which nobody knows are for others, as columns of a table may be."""

    @property
    def needed(self) -> frozenset[str]:
        """What each line has to say for its place, as templates spell it."""
        return self.folder.columns if self.name is None else self.folder.columns | self.name.columns

    @property
    def templated(self) -> bool:
        """Whether each file has a place of its own."""
        return bool(self.folder.parts) or self.name is not None

    def request_of(self, line: Line, number: int) -> DownloadRequest:
        """Return the request for a line, the nth file of its list; no file leaves its folder. Raises BadLineError."""
        try:
            return self._request_of(line, number)
        except UsageError as error:
            wrong = error.message
        raise BadLineError(wrong)  # of millions none may keep another, and what that was in the midst of

    def kept(self, line: Line) -> Line:
        """Return of a line what a request is made of: a table's other columns may hold anything, also secrets."""
        if not line.said:
            return line
        return line._replace(said=tuple(_public(*pair) for pair in line.said if self.needs(pair[0])))

    def needs(self, name: str) -> bool:
        """Whether what lines say under a name counts, besides their URLs."""
        word = spelt(name)
        return word in _BY_NAME or canonical(word) in ALGORITHMS or word in self.needed

    def _request_of(self, line: Line, number: int) -> DownloadRequest:
        url = parse_url(line.urls[0])
        known = Known(url, number, line.said, self.restrict)
        if not line.said and len(line.urls) == 1:
            return self.ask(url, directory=self._folder_for(known), output=self._name_for(known))
        said = _said(line, ignorant=self.ignorant)
        folder, name = self._place(said, known)
        wishes = {**_texts(said), **_added(said, self.given)}
        if len(line.urls) > 1:
            wishes["mirrors"] = line.urls[1:]
        ask = asker(self.settings, cast(Wishes, {**self.given, **wishes})) if wishes else self.ask
        return ask(url, directory=folder, output=name)

    def _place(self, said: _Said, known: Known) -> tuple[Path, str | None]:
        """Return the folder and the name below it, if the name is said; what the line says goes before templates."""
        root = self._folder_for(known)
        folder = _inside(str(root), said["directory"][-1]) if "directory" in said else None
        if "output" not in said:
            return root if folder is None else Path(folder), self._name_for(known)
        name = said["output"][-1]
        if name == STANDARD_OUTPUT:
            raise UsageError("the files of a list go to the disk, not to standard output")
        top = str(root)
        place = _inside(top, folder or top, name)
        if place == top:
            raise UsageError(f"{shown(name) or 'an empty name'} is the folder itself; name a file in it")
        return root, place[len(top.rstrip(sep)) + 1 :]

    def _folder_for(self, known: Known) -> Path:
        return Path(self.root, self.folder.fill(known)) if self.folder.parts else self.root

    def _name_for(self, known: Known) -> str | None:
        return None if self.name is None else self.name.fill(known)


def asking(settings: Settings, given: Wishes, *, ignorant: bool, now: datetime) -> Asking:
    """Return what is asked for by the lines of a list; what is `given` holds for all of them.

    Its directory and output are templates. `ignorant` is as in Asking; `now` is when the run began, aware, in the zone
    whose date counts. Raises UsageError.
    """
    folder = folder_template(str(given.get("directory", settings.directory)), now=now)
    root = _root(Path(folder.root).expanduser().absolute())
    output = given.get("output")
    checksums = checksums_of(given.get("checksum"))
    common = cast(Wishes, {**given, "directory": root, "output": None, "checksum": checksums})
    return Asking(
        settings=settings,
        given=common,
        ask=asker(settings, common),
        folder=folder,
        name=None if output is None else name_template(output, now=now),
        root=root,
        restrict=restriction_of(given.get("restrict_filenames", settings.restrict_filenames)),
        ignorant=ignorant,
    )


def place_said(line: Line) -> str:
    """Return where a line says that its file is to go, as it says it; empty where it does not."""
    said = {_BY_NAME.get(spelt(name)): value for name, value in line.said}
    return f"{said.get('directory', '')}/{said['output']}" if "output" in said else said.get("directory", "")


def is_private(line: Line) -> bool:
    """Whether a line has, or may have, a secret, which nobody writes down."""
    return _says(line, _PRIVATE) or any(map(may_have_user, line.urls))


def may_have_user(url: str) -> bool:
    """Whether a URL, as it is written, has user info, or may have: a path may have an `@`, too."""
    return "@" in url and not _WITHOUT_USER.match(url)


def answered_otherwise(line: Line) -> bool:
    """Whether servers may answer it otherwise than other lines with its URL."""
    return is_private(line) or _says(line, _ANSWERED_BY)


def _says(line: Line, any_of: frozenset[str]) -> bool:
    return any(_BY_NAME.get(spelt(name)) in any_of for name, _ in line.said)


def _public(name: str, value: str) -> tuple[str, str]:
    """Return what may be written down of a name and its value: a referer is sent without user info, too."""
    return name, without_user_info(value) if spelt(name) == "referer" else value


def _said(line: Line, *, ignorant: bool) -> _Said:
    said: dict[str, list[str]] = {}
    for name, value in line.said:
        word = spelt(name)
        meaning = _BY_NAME.get(word)
        if meaning is not None:
            said.setdefault(meaning, []).append(value)
        elif canonical(word) in ALGORITHMS:
            said.setdefault("checksum", []).append(f"{word}:{value}")
        elif not ignorant and word not in _OF_ARIA2:
            known = shown(name) if _WORD.fullmatch(name) else "that stands below it"  # a header may be a secret
            raise UsageError(f"nobody knows the option {known}")
    return said


def _texts(said: _Said) -> dict[str, object]:
    wishes: dict[str, object] = {name: said[name][-1] for name in _TEXTS if name in said}
    wishes.update((name, _number(name, said[name][-1])) for name in _NUMBERS if name in said)
    if "limit_rate" in said:
        limit = said["limit_rate"][-1]
        wishes["limit_rate"] = "off" if limit == "0" else limit  # as aria2 writes none
    if "user" in said:
        password = said.get("password", [""])[-1]
        wishes["login"] = Login(said["user"][-1], Secret(password, what="password"), AuthScheme.ANY)
    elif "password" in said:
        raise UsageError("it has a password, but no user; name one, or leave the password out")
    return wishes


def _added(said: _Said, given: Wishes) -> dict[str, object]:
    """Return what is said besides what holds for all."""
    wishes: dict[str, object] = {}
    own = [("User-Agent", value) for value in said.get("user_agent", ())[-1:]]
    own += map(_header, said.get("headers", ()))
    if own:
        before = given.get("headers", ())
        wishes["headers"] = [*(before.items() if isinstance(before, Mapping) else before), *own]
    if "checksum" in said:
        checksums = [one for value in said["checksum"] for one in value.split()]
        wishes["checksum"] = [*checksums_of(given.get("checksum")), *checksums_of(checksums)]
    return wishes


def _root(directory: Path) -> Path:
    """Return the folder without `..`, which mean another place where they follow a symbolic link."""
    return directory.resolve() if ".." in directory.parts else directory


def _inside(root: str, *path: str) -> str:
    """Return where a path leads from the root; raises UsageError where that is outside: a list may be a stranger's.

    Its `..` are followed here, by their letters: behind a symbolic link the system would follow them out.
    """
    place = normpath(Path(root, *path))
    if place != root and not place.startswith(root.rstrip(sep) + sep):
        raise UsageError(f"{shown(path[-1])} is outside of {root}; --directory says below which folder files may go")
    return place


def _number(name: str, value: str) -> int:
    try:
        number = int(value)
    except ValueError:
        raise UsageError(f"its {name} is {shown(value)}, which is no whole number") from None
    if name == "size" and number < 0:
        raise UsageError(f"its size is {shown(value)}; no file has fewer than 0 bytes")
    return number


def _header(value: str) -> tuple[str, str]:
    name, colon, rest = value.partition(":")
    if not colon:
        raise UsageError("a header must have a colon: Name: value")  # all of it may be a secret
    return name.strip(), rest.strip()
