"""`--dry-run`: what would be fetched, and where it would go, as far as that is known before anything is asked."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable

from rheo.batch.fed import Fed
from rheo.cli.exit_codes import ExitCode
from rheo.cli.presenters.json_lines import error_facts
from rheo.cli.terminal import say
from rheo.cli.wording import asked_again, left_alone
from rheo.domain.batch.result import Left
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import RheoError
from rheo.domain.text import printable
from rheo.engine.names.destination import expected_path


def dry_run(requests: Iterable[DownloadRequest], fed: Iterable[Left | Fed], *, as_json: bool) -> int:
    """Print a line for each file, `URL -> PATH` or a JSON object, and return the exit code: 3 where a line is bad.

    The server may call a file otherwise; a file of that name that is there already may give it a number. At the end it
    is told of how many files the server would be asked whether it has another version, and how many lines would be left
    alone.
    """
    write, refuse = (_write_json, _refuse_json) if as_json else (_write_text, _refuse_text)
    for request in requests:
        write(request.url.text, expected_path(request))
    bad = held = 0
    left: Counter[Left] = Counter()
    for one in fed:
        if isinstance(one, Left):
            left[one] += 1
        elif isinstance(one.asked, RheoError):
            bad += 1
            refuse(one.place, one.asked)
        elif one.renewal is not None and one.renewal.held is not None:
            held += 1
        else:
            write(one.asked.url.text, expected_path(one.asked) if one.renewal is None else one.renewal.path)
    if held:
        say(asked_again(held))
    if left:
        say(left_alone(left))
    return ExitCode.SOME_FAILED if bad else ExitCode.DONE


def _write_text(url: str, path: str | None) -> None:
    sys.stdout.write(f"{printable(url)} -> {'-' if path is None else printable(path)}\n")


def _write_json(url: str, path: str | None) -> None:
    sys.stdout.write(f"{json.dumps({'type': 'planned', 'url': url, 'path': path})}\n")


def _refuse_text(place: str, error: RheoError) -> None:
    say(f"{place}: {error.message}")


def _refuse_json(place: str, error: RheoError) -> None:
    sys.stdout.write(f"{json.dumps({'type': 'refused', 'line': place, 'error': error_facts(error)})}\n")
