"""`rheo verify`: holds a file on the disk against a hash, a list or a Metalink, and repairs it where that is wished."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rheo.cli.given import settings_given
from rheo.cli.http_keywords import http_keywords
from rheo.cli.presenters.json_lines import error_facts
from rheo.cli.terminal import say
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import PromiseError, UsageError
from rheo.domain.events import DownloadCompleted, Event
from rheo.domain.result import DownloadResult
from rheo.domain.settings import Settings, Verbosity
from rheo.domain.text import printable
from rheo.domain.units import format_size
from rheo.domain.url import Url
from rheo.domain.verified import VerifiedFile
from rheo.wishes import policy_for
from rheo.wishes.verifying import Check, Examined, VerifyKeywords

if TYPE_CHECKING:
    from rheo.engine.sources.document import Document  # loads the engine, which files do not need


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What stands on the command line."""

    path: str
    hashes: Sequence[str]
    hash_file: str | None
    """A list of hashes, by path or URL."""
    metalink: str | None
    """A Metalink, by path or URL."""
    repair: Sequence[str]
    """URLs of the file."""
    flags: Mapping[str, object]
    """Settings by name."""
    http: Mapping[str, object]
    """What the requests are to carry, by option."""
    env_file: Path | None
    as_json: bool


def verify(words: Words) -> int:
    """Tell that the file is as it should be and return 0, or repair it and return how that ended.

    Raises the RheoError that says what is wrong with it where that is not to be repaired, or cannot be.
    """
    if not words.hashes and words.hash_file is None and words.metalink is None:
        raise UsageError("verify it against what? give a --hash, a --hash-file that lists it, or a --metalink")
    # What is right of a damaged file is in the part: whoever wants that used wants the part used, too.
    settings = replace(settings_given(words.flags, words.env_file), resume=True, compressed=False)
    check = Check(words.path, settings, _keywords(words))
    examined = check.examine(_documents(check, settings))
    if examined.damage is None:
        if words.as_json:
            _write(_facts(examined.verified()))
        elif settings.verbosity is not Verbosity.QUIET:
            say(_sentence(examined.verified(), vain=bool(words.repair)))
        return 0
    try:
        repair = check.repair_of(examined)
    except PromiseError as error:
        if words.as_json:
            _write({**_damaged(examined), "error": error_facts(error)})
        raise
    return _repair(repair, examined, settings, as_json=words.as_json)


def _keywords(words: Words) -> VerifyKeywords:
    own: VerifyKeywords = {
        "checksum": words.hashes,
        "hash_file": words.hash_file,
        "metalink": words.metalink,
        "repair": words.repair,
    }
    return cast(VerifyKeywords, {**http_keywords(words.http), **own})


def _documents(check: Check, settings: Settings) -> dict[Url, Document]:
    """Fetch what the file is to be held against, where that is elsewhere."""
    if not check.wanted:
        return {}
    from rheo.application.manager import Manager  # noqa: PLC0415  (loads the engine, which files do not need)
    from rheo.session import Session  # noqa: PLC0415

    session = Session(settings, policy_for(settings, patient=False))
    session.open()
    with closing(session):
        return {
            one.url: session.call(Manager.document, one.url, beside=one.beside, most=one.most).result()
            for one in check.wanted
        }


def _repair(repair: DownloadRequest, examined: Examined, settings: Settings, *, as_json: bool) -> int:
    """Replace a damaged file by the right one, and return the exit code of the download that does that."""
    from rheo.cli.run import run  # noqa: PLC0415  (loads the engine, which files do not need)

    if as_json:
        _write(_damaged(examined))
    elif settings.verbosity is not Verbosity.QUIET:
        say(_plan(examined, repair))
    results: list[DownloadResult] = []

    def listen(event: Event) -> None:
        if isinstance(event, DownloadCompleted):
            results.append(event.result)

    code = run([repair], settings, as_json=as_json, listen=listen)
    if results and as_json:
        _write(_facts(examined.verified(results[0])))
    elif not results and not as_json:
        say(f"{printable(examined.path)} is not repaired, and stays as it was")
    return code


def _plan(examined: Examined, repair: DownloadRequest) -> str:
    """Return what is wrong and what is done about it."""
    damage, size = examined.damage, examined.expected.size
    assert damage is not None
    what = "all of it"
    if damage.good and size is not None:
        what = f"these {format_size(size - sum(stop - start for start, stop in damage.good))}"
    return f"{damage.error.message}; fetching {what} from {repair.url.bare}"


def _damaged(examined: Examined) -> dict[str, object]:
    damage = examined.damage
    assert damage is not None
    return {"type": "damaged", "path": examined.path, "size": examined.size, "bad": damage.bad}


def _facts(verified: VerifiedFile) -> dict[str, object]:
    return {
        "type": "verified",
        "path": str(verified.path),
        "size": verified.size,
        "checksums": [str(one) for one in verified.checksums],
        "pieces": verified.pieces,
        "trust": verified.trust.value,
        "bad": verified.bad,
        "fetched": verified.fetched,
        "repaired": verified.repaired,
    }


def _sentence(verified: VerifiedFile, *, vain: bool) -> str:
    """Return what a right file was held against; `vain`: it was to be repaired if it had not been right."""
    algorithms = dict.fromkeys(one.algorithm for one in verified.checksums)
    what = " and ".join(algorithms) or f"{verified.pieces} pieces"
    nothing = "; nothing to repair" if vain else ""
    return f"{printable(str(verified.path))}: {what} verified, hash given by you{nothing}"


def _write(facts: Mapping[str, object]) -> None:
    sys.stdout.write(f"{json.dumps(facts)}\n")
    sys.stdout.flush()
