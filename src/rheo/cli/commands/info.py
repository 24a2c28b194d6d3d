"""`rheo info`: what a URL has, how it is reached and how it would be fetched; nothing is fetched."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rheo.cli.given import settings_given
from rheo.cli.http_keywords import http_keywords
from rheo.cli.terminal import say
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import RheoError, UsageError
from rheo.domain.text import printable
from rheo.wishes import Wishes, policy_for, requests_for
from rheo.wishes.http import check_one_stream

if TYPE_CHECKING:
    from rheo.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What stands on the command line."""

    urls: Sequence[str]
    flags: Mapping[str, object]
    """Settings by name."""
    http: Mapping[str, object]
    """What requests are to carry, by option."""
    env_file: Path | None
    as_json: bool


def info(words: Words) -> int:
    """Tell of one URL after the other and return the exit code; raises the UsageError that says what cannot be."""
    if not words.urls:
        raise UsageError("which URL? write: rheo info URL...")
    settings = settings_given(words.flags, words.env_file)
    wishes = cast(Wishes, http_keywords(words.http))
    check_one_stream(wishes, settings, given=words.flags)
    requests = requests_for(words.urls, settings, wishes)
    from rheo.cli.exit_codes import code_of_run  # noqa: PLC0415  (all these load what a mistake does not need)
    from rheo.cli.logs import logs_shown  # noqa: PLC0415
    from rheo.session import Session  # noqa: PLC0415

    session = Session(settings, policy_for(settings, patient=False))
    with logs_shown(settings.verbosity):
        session.open()
        with closing(session):
            ends = [_tell(session, request, as_json=words.as_json) for request in requests]
    return code_of_run([error for error in ends if error is not None], total=len(ends))


def _tell(session: Session, request: DownloadRequest, *, as_json: bool) -> RheoError | None:
    """Tell of one URL; return what a download would end with."""
    from rheo.application.manager import Manager  # noqa: PLC0415  (as above)
    from rheo.cli.information import facts, lines  # noqa: PLC0415
    from rheo.cli.presenters.json_lines import error_facts  # noqa: PLC0415
    from rheo.cli.tally import Failure  # noqa: PLC0415
    from rheo.cli.wording import failed  # noqa: PLC0415

    asked = session.call(Manager.probe, request)
    try:
        information = asked.result()
    except RheoError as error:
        if as_json:
            _write(json.dumps({"type": "failed", "url": request.url.text, "error": error_facts(error)}))
        else:
            say(failed(Failure(printable(request.url.text), datetime.now(UTC), error)))
        return error
    finally:
        asked.cancel()  # where we were interrupted, nobody waits any more
    _write(json.dumps(facts(information)) if as_json else "\n".join(lines(information)))
    return information.error


def _write(text: str) -> None:
    """Write at once: the next URL may take its time."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
