"""`rheo download`: from words on the command line to downloads, and their exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from rheo.cli.given import settings_given
from rheo.cli.http_keywords import http_keywords
from rheo.cli.metalinks import is_called_one, is_metalink, wanted
from rheo.domain.download import STANDARD_OUTPUT, DownloadRequest
from rheo.domain.errors import UsageError
from rheo.domain.settings import Settings
from rheo.wishes import Wishes, is_address, requests_for
from rheo.wishes.http import check_one_stream

if TYPE_CHECKING:
    from rheo.cli.batches import LedgerWords  # loaded where there is a list
    from rheo.cli.lists import ListWords
    from rheo.domain.batch.stopping import Patience


class Words(NamedTuple):
    """What stands on the command line."""

    urls: Sequence[str]
    """Or the paths of Metalinks."""
    metalinks: Sequence[str]
    """Those that an option names, by path or URL."""
    select: Sequence[str]
    """Which files of the Metalink; all without any."""
    mirrors: Sequence[str]
    """Further URLs of the one file."""
    output: str | None
    resume_from: Path | None
    """A part file of another URL to go on with."""
    hashes: Sequence[str]
    hash_file: str | None
    """A list of hashes, by path or URL."""
    priority: int
    deadline: str | None
    """When the files are wanted."""
    flags: Mapping[str, object]
    """Settings by name."""
    http: Mapping[str, object]
    """What requests are to carry, by option."""
    env_file: Path | None
    as_json: bool
    listed: ListWords | None
    """A list of further URLs."""
    ledger: LedgerWords | None
    """Its ledger; None without a list."""
    patience: Patience | None
    """How much may fail; None: all."""
    dry_run: bool
    """Whether nothing is fetched."""


class _Parted(NamedTuple):
    """The words for what is to be fetched, by their kind."""

    urls: list[str]
    listing: list[str]
    """URLs of Metalinks that an option names, whatever they are called."""
    metalinks: list[str]
    """Paths of those on the disk."""

    @property
    def lists(self) -> int:
        """How many are known to be Metalinks."""
        return len(self.metalinks) + len(self.listing) + sum(map(is_called_one, self.urls))


def download(words: Words) -> int:
    """Fetch what is asked for and return the exit code; raises the UsageError that says what cannot be."""
    parted = _parted(words)
    _check(words, parted)
    settings = settings_given(words.flags, words.env_file)
    asked = [one for metalink in parted.metalinks for one in wanted(metalink, words.select, settings)]
    count = len(parted.urls) + len(parted.listing) + len(asked)
    _check_count(words, count, "files" if parted.metalinks else "URLs")
    wishes: Wishes = {
        "output": words.output,
        "checksum": words.hashes,
        "resume_from": words.resume_from,
        "priority": words.priority,
        "deadline": words.deadline,
    }
    if words.mirrors:
        wishes["mirrors"] = words.mirrors
    wishes = cast(Wishes, {**wishes, "hash_file": words.hash_file, **http_keywords(words.http)})
    check_one_stream(wishes, settings, given=words.flags)
    select = tuple(words.select)
    requests = [replace(one, select=select) for one in requests_for(parted.urls, settings, wishes)]
    if asked or parted.listing:
        from rheo.wishes.metalink import listing_request, requests_of  # noqa: PLC0415  (few have a Metalink)

        requests += [listing_request(url, select, settings, wishes) for url in parted.listing]
        requests += requests_of(asked, settings, wishes)
    if words.dry_run:
        return _dry_run(words, requests, settings, wishes)
    listing = None
    if words.listed is not None and words.ledger is not None:
        from rheo.cli.batches import open_listing  # noqa: PLC0415  (few have a list)

        listing = open_listing(words.listed, words.ledger, settings, wishes, beside=count)
    from rheo.cli.run import run  # noqa: PLC0415  (loads the engine, which a mistake does not need)

    return run(requests, settings, as_json=words.as_json, listing=listing, patience=words.patience)


def _dry_run(words: Words, requests: Sequence[DownloadRequest], settings: Settings, wishes: Wishes) -> int:
    from rheo.cli.dry_run import dry_run  # noqa: PLC0415  (few want it)

    if words.listed is None or words.ledger is None:
        return dry_run(requests, (), as_json=words.as_json)
    from rheo.cli.batches import foreseen  # noqa: PLC0415  (few have a list)

    with foreseen(words.listed, words.ledger, settings, wishes, beside=len(requests)) as lines:
        return dry_run(requests, lines, as_json=words.as_json)


def _parted(words: Words) -> _Parted:
    parted = _Parted(urls=[], listing=[], metalinks=[])
    for word in words.metalinks:
        (parted.listing if is_address(word) else parted.metalinks).append(word)
    for word in words.urls:
        (parted.metalinks if is_metalink(word) else parted.urls).append(word)
    return parted


def _check(words: Words, parted: _Parted) -> None:
    """Raise UsageError for words that contradict each other."""
    if not words.urls and not words.metalinks and words.listed is None:
        raise UsageError("which URL? write: rheo download URL...")
    if words.select and parted.lists != 1:
        raise UsageError(f"--select chooses files of one Metalink, but there {_are(parted.lists)}")
    if words.output == STANDARD_OUTPUT and words.as_json:
        raise UsageError("--json and --output - both need standard output; leave one of them out")


def _check_count(words: Words, count: int, things: str) -> None:
    """Raise UsageError for words that only one thing can have, where there are more."""
    if count <= 1:
        return
    if words.output is not None:
        raise UsageError(f"--output names one file, but there are {count} {things}; --directory takes them all")
    if words.hashes:
        raise UsageError(f"--hash is that of one file, but there are {count} {things}; fetch them one by one")
    if words.mirrors:
        raise UsageError(f"--mirror is another URL of one file, but there are {count} {things}; fetch them one by one")
    if words.resume_from is not None:
        raise UsageError(f"--resume-from is a part of one file, but there are {count} {things}")


def _are(count: int) -> str:
    return f"are {count}" if count else "is none"
