"""Run the command that the words mean, and turn whatever it raises into a sentence and an exit code."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from rheo.cli.exit_codes import ExitCode, code_of
from rheo.cli.terminal import say
from rheo.cli.tree import tree
from rheo.domain.errors import RheoError


def dispatch(arguments: Sequence[str]) -> int:
    """Return the exit code; nothing is raised, and there is no traceback but for a bug."""
    command = typer.main.get_command(tree())
    try:
        return command.main(list(arguments), prog_name="rheo", standalone_mode=False) or ExitCode.DONE
    except typer.TyperException as mistake:
        say(f"rheo: {_sentence(mistake)}")
        return ExitCode.USAGE
    except RheoError as error:
        say(f"rheo: {error.message}")
        return code_of(error)
    except Exception:  # noqa: BLE001  (whatever else escapes is a bug, and is shown as one)
        _show_bug()
        return ExitCode.BUG


def _sentence(mistake: typer.TyperException) -> str:
    """Return what Click says, in our way, and where to read on."""
    message = mistake.format_message().rstrip(".")
    context = getattr(mistake, "ctx", None)
    more = "" if context is None else f"; see {context.command_path} --help"
    return f"{message[:1].lower()}{message[1:]}{more}"


def _show_bug() -> None:
    import traceback  # noqa: PLC0415  (hardly ever needed, let us hope)

    say("rheo: this is a bug in rheo; please report it with the lines below")
    for line in traceback.format_exc().splitlines():
        say(line)
