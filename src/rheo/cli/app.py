"""Where the command starts and ends; what is asked often is answered before anything is loaded."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    _open_standard_streams()
    code = run(sys.argv[1:])
    sys.stderr.flush()
    os._exit(code)  # nothing is left to do, and Python's own end would take a tenth of a small download


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; what it wrote has left."""
    if list(arguments) == ["--version"]:
        from rheo import __version__  # noqa: PLC0415

        sys.stdout.write(f"rheo {__version__}\n")
        sys.stdout.flush()
        return 0
    from rheo.cli.dispatch import dispatch  # noqa: PLC0415  (loads Typer, which takes longer than all of the above)

    return dispatch(arguments)


def _open_standard_streams() -> None:
    """Open those that our caller closed: the next file would get their number, and what is said would go there."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: PTH123, SIM115  (open as long as we live)
