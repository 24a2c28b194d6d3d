"""Which presenter a run gets: what was asked for decides, then what standard error is."""

from __future__ import annotations

import sys

from rheo.cli.presenters.base import Presenter
from rheo.cli.tally import Tally
from rheo.cli.terminal import animated
from rheo.domain.settings import Verbosity


def presenter_for(tally: Tally, *, verbosity: Verbosity, as_json: bool, streams: bool, now: float) -> Presenter:
    """Return who shows a run that starts now (monotonic); `streams` means that the file goes to standard output."""
    if as_json:
        from rheo.cli.presenters.json_lines import JsonLines  # noqa: PLC0415  (loads json)

        return JsonLines(tally)
    if verbosity is Verbosity.QUIET:
        from rheo.cli.presenters.quiet import Quiet  # noqa: PLC0415

        return Quiet(tally)
    verbose = verbosity is Verbosity.VERBOSE
    if animated() and not (streams and sys.stdout.isatty()):
        from rheo.cli.presenters.bars import Bars  # noqa: PLC0415

        return Bars(tally, verbose=verbose, now=now)
    from rheo.cli.presenters.plain import Plain  # noqa: PLC0415

    return Plain(tally, verbose=verbose, now=now)
