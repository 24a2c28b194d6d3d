"""Help is plain and short, and names every option of ours and no alias of others."""

import re

import pytest

from cli.command import Rheo, Start, ended
from rheo.cli.aliases import ALIASES
from rheo.cli.exit_codes import ExitCode
from rheo.config import known


def test_the_help_of_all_names_the_commands(rheo: Rheo) -> None:
    ran = rheo("--help")
    assert (ran.code, ran.err) == (0, "")
    assert re.findall(r"^  (\w+)  ", ran.out.partition("Commands:\n")[2], re.MULTILINE) == [
        "download",
        "info",
        "verify",
        "hash",
        "test",
        "batch",
        "config",
    ]


def test_every_setting_has_an_option_of_its_name(rheo: Rheo) -> None:
    shown = rheo("download", "--help").out
    for name in known():
        assert re.search(rf"--{name.replace('_', '-')}\b", shown), name


def test_options_come_in_groups_then_examples_and_exit_codes(rheo: Rheo) -> None:
    ran = rheo("download", "--help")
    assert re.findall(r"^ *([A-Z][A-Za-z]+(?: codes| and versions)?):$", ran.out, re.MULTILINE) == [
        "Arguments",
        "Files",
        "Network",
        "Requests",
        "Proxies",
        "TLS and versions",
        "Timeouts",
        "Retries",
        "Output",
        "Settings",
        "Options",
        "Examples",
        "Exit codes",
    ]
    assert max(map(len, ran.out.splitlines())) <= 80
    for code in set(ExitCode) - {ExitCode.BROKEN_PIPE}:
        assert re.search(rf"\b{code:d} [a-zA-Z]", ran.out), code


def test_aliases_of_other_programs_are_hidden(rheo: Rheo) -> None:
    shown = rheo("download", "--help").out
    for alias in ALIASES:
        if alias.help is None:
            assert not any(
                re.search(rf"^  (?:-., )?{re.escape(name)}[ ,\n]", shown, re.MULTILINE) for name in alias.names
            )


def test_the_version_is_an_option_as_well(rheo: Rheo) -> None:
    assert rheo("--version", "--help").out == rheo("--version").out


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("rheo ", ["download", "info", "verify", "hash", "test", "batch", "config"]),
        ("rheo do", ["download"]),
        ("rheo download --on", ["--only-failed", "--on-exists"]),
        ("rheo download --on-exists s", ["skip", "skip-same-size", "skip-same-hash"]),
        ("rheo download --restrict-filenames ", ["windows", "ascii"]),
        ("rheo config ", ["show"]),
    ],
)
def test_shells_complete(start: Start, words: str, completed: list[str]) -> None:
    shell = {"_RHEO_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    ran = ended(start(environment=shell))
    assert (ran.out.splitlines(), ran.err) == (completed, "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_get_a_script(start: Start, shell: str) -> None:
    ran = ended(start(environment={"_RHEO_COMPLETE": f"source_{shell}"}))
    assert (ran.code, ran.err) == (0, "")
    assert "_RHEO_COMPLETE" in ran.out
