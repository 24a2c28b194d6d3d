"""Run the command that the words mean, and turn whatever it raises into a sentence and an exit code."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from typing import Final

import typer

from rheo.cli.exit_codes import ExitCode, code_of
from rheo.cli.terminal import say
from rheo.cli.tree import tree
from rheo.domain.errors import RheoError

_NAME: Final = "rheo"
_UNWRITABLE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF})
_COMPLETE: Final = "_RHEO_COMPLETE"
"""Set by the scripts that complete command lines."""


def dispatch(arguments: Sequence[str]) -> int:
    """Return the exit code; raises only BrokenPipeError, where nobody reads our standard output any more."""
    command = tree()
    if _COMPLETE in os.environ:
        command.main(list(arguments), prog_name=_NAME)  # answers the shell and exits
    try:
        with command.make_context(_NAME, list(arguments)) as context:
            return command.invoke(context) or ExitCode.DONE
    except typer.Exit as end:
        return end.exit_code
    except (typer.TyperException, RheoError) as mistake:
        return _refuse(mistake)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001  (whatever else escapes is a bug, and is shown as one)
        return _surprise(error)


def _refuse(mistake: typer.TyperException | RheoError) -> int:
    if isinstance(mistake, RheoError):
        say(f"{_NAME}: {mistake.message}")
        return code_of(mistake)
    say(f"{_NAME}: {_sentence(mistake)}")
    return ExitCode.USAGE


def _surprise(error: Exception) -> int:
    """Return the code of what nobody expected: a standard output that takes no more, or a bug."""
    if isinstance(error, OSError) and error.errno in _UNWRITABLE:
        say(f"{_NAME}: cannot write to standard output: {error.strerror}")
        return ExitCode.DISK
    _show_bug()
    return ExitCode.BUG


def _sentence(mistake: typer.TyperException) -> str:
    """Return what Click says, in our way, and where to read on."""
    message = mistake.format_message().rstrip(".")
    for named in (" a valid int range", " a valid int"):
        message = message.replace(named, " a whole number")
    context = getattr(mistake, "ctx", None)
    more = "" if context is None else f"; see {context.command_path} --help"
    return f"{message[:1].lower()}{message[1:]}{more}"


def _show_bug() -> None:
    import traceback  # noqa: PLC0415  (hardly ever needed, let us hope)

    say(f"{_NAME}: this is a bug in rheo; please report it with the lines below")
    for line in traceback.format_exc().splitlines():
        say(line)
