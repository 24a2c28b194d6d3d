"""Where the command starts and ends; what is asked often is answered before anything is loaded."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn  # `typing` takes longer to load than all that is needed to tell the version


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    _open_standard_streams()
    code = run(sys.argv[1:])
    sys.stderr.flush()
    os._exit(code)  # nothing is left to do, and Python's own end would take a tenth of a small download


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; what it wrote has left."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        return _leave_output()
    return code


def _run(arguments: Sequence[str]) -> int:
    if list(arguments) == ["--version"]:
        from rheo import __version__  # noqa: PLC0415

        sys.stdout.write(f"rheo {__version__}\n")
        return 0
    from rheo.cli.dispatch import dispatch  # noqa: PLC0415  (loads Typer, which takes longer than all of the above)

    return dispatch(arguments)


def _leave_output() -> int:
    """Give up a standard output that nobody reads any more, so that nothing complains when Python closes it."""
    from rheo.cli.exit_codes import ExitCode  # noqa: PLC0415

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.BROKEN_PIPE


def _open_standard_streams() -> None:
    """Open those that our caller closed: the next file would get their number, and what is said would go there."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDONLY)  # takes its number: a file's data that is sent there fails
            setattr(sys, name, open(os.devnull, mode))  # noqa: PTH123, SIM115  (open as long as we live)
