"""`rheo download`: from words on the command line to downloads, and their exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, cast

from rheo.cli.given import settings_given
from rheo.cli.http_keywords import http_keywords
from rheo.cli.metalinks import is_metalink, wanted
from rheo.domain.download import STANDARD_OUTPUT
from rheo.domain.errors import UsageError
from rheo.wishes import Wishes, requests_for
from rheo.wishes.http import check_one_stream


class Words(NamedTuple):
    """What stands on the command line."""

    urls: Sequence[str]
    """Or the paths of Metalinks."""
    metalinks: Sequence[Path]
    """Those that an option names."""
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
    flags: Mapping[str, object]
    """Settings by name."""
    http: Mapping[str, object]
    """What requests are to carry, by option."""
    env_file: Path | None
    as_json: bool


def download(words: Words) -> int:
    """Fetch what is asked for and return the exit code; raises the UsageError that says what cannot be."""
    urls, metalinks = _parted(words)
    _check(words, metalinks)
    settings = settings_given(words.flags, words.env_file)
    asked = [one for metalink in metalinks for one in wanted(metalink, words.select, settings)]
    _check_count(words, len(urls) + len(asked), "files" if metalinks else "URLs")
    wishes: Wishes = {"output": words.output, "checksum": words.hashes, "resume_from": words.resume_from}
    if words.mirrors:
        wishes["mirrors"] = words.mirrors
    wishes = cast(Wishes, {**wishes, "hash_file": words.hash_file, **http_keywords(words.http)})
    check_one_stream(wishes, settings, given=words.flags)
    requests = requests_for(urls, settings, wishes)
    if asked:
        from rheo.wishes.metalink import requests_of  # noqa: PLC0415  (loaded where somebody has a Metalink)

        requests += requests_of(asked, settings, wishes)
    from rheo.cli.run import run  # noqa: PLC0415  (loads the engine, which a mistake does not need)

    return run(requests, settings, as_json=words.as_json)


def _parted(words: Words) -> tuple[list[str], list[Path]]:
    """Return the URLs, and the Metalinks that options and words name."""
    urls: list[str] = []
    metalinks = [*words.metalinks]
    for word in words.urls:
        if is_metalink(word):
            metalinks.append(Path(word))
        else:
            urls.append(word)
    return urls, metalinks


def _check(words: Words, metalinks: Sequence[Path]) -> None:
    """Raise UsageError for words that contradict each other."""
    if not words.urls and not metalinks:
        raise UsageError("which URL? write: rheo download URL...")
    if words.select and len(metalinks) != 1:
        raise UsageError(f"--select chooses files of one Metalink, but there {_are(len(metalinks))}")
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
