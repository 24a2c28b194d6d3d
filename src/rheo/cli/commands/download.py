"""`rheo download`: from words on the command line to downloads, and their exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, cast

from rheo.cli.given import settings_given
from rheo.cli.http_keywords import http_keywords
from rheo.domain.download import STANDARD_OUTPUT
from rheo.domain.errors import UsageError
from rheo.wishes import Wishes, requests_for
from rheo.wishes.http import check_one_stream


class Words(NamedTuple):
    """What stands on the command line."""

    urls: Sequence[str]
    output: str | None
    resume_from: Path | None
    """A part file of another URL to go on with."""
    hashes: Sequence[str]
    flags: Mapping[str, object]
    """Settings by name."""
    http: Mapping[str, object]
    """What requests are to carry, by option."""
    env_file: Path | None
    as_json: bool


def download(words: Words) -> int:
    """Fetch what is asked for and return the exit code; raises the UsageError that says what cannot be."""
    _check(words)
    settings = settings_given(words.flags, words.env_file)
    wishes: Wishes = {"output": words.output, "checksum": words.hashes, "resume_from": words.resume_from}
    wishes = cast(Wishes, {**wishes, **http_keywords(words.http)})
    check_one_stream(wishes, settings, given=words.flags)
    requests = requests_for(words.urls, settings, wishes)
    from rheo.cli.run import run  # noqa: PLC0415  (loads the engine, which a mistake does not need)

    return run(requests, settings, as_json=words.as_json)


def _check(words: Words) -> None:
    """Raise UsageError for words that contradict each other."""
    several = len(words.urls) > 1
    if not words.urls:
        raise UsageError("which URL? write: rheo download URL...")
    if several and words.output is not None:
        raise UsageError(f"--output names one file, but there are {len(words.urls)} URLs; --directory takes them all")
    if several and words.hashes:
        raise UsageError(f"--hash is that of one file, but there are {len(words.urls)} URLs; fetch them one by one")
    if words.resume_from is not None and several:
        raise UsageError(f"--resume-from is a part of one file, but there are {len(words.urls)} URLs")
    if words.output == STANDARD_OUTPUT and words.as_json:
        raise UsageError("--json and --output - both need standard output; leave one of them out")
