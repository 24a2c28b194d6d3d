from typing import Annotated

import pytest
import typer

from rheo.cli.group import Commands, OnDemand


def program() -> typer.Typer:
    """Return commands that return what they were called with."""
    commands = typer.Typer(cls=Commands, rich_markup_mode=None)

    @commands.callback()
    def everything(*, version: Annotated[bool, typer.Option("--version")] = False) -> None:
        assert not version

    @commands.command("download")
    def download(
        urls: Annotated[list[str] | None, typer.Argument()] = None,
        directory: Annotated[str | None, typer.Option("-d")] = None,
    ) -> object:
        return "download", urls or [], directory

    @commands.command("test")
    def test() -> object:
        return "test"

    return commands


def called(*words: str) -> object:
    command = typer.main.get_command(program())
    with command.make_context("rheo", list(words)) as context:
        return command.invoke(context)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["download", "http://a/"], ("download", ["http://a/"], None)),
        (["http://a/"], ("download", ["http://a/"], None)),
        (["a.example"], ("download", ["a.example"], None)),
        (["localhost:80"], ("download", ["localhost:80"], None)),
        (["./a"], ("download", ["./a"], None)),
        (["-d", "x", "http://a/"], ("download", ["http://a/"], "x")),
        (["-dx", "http://a/", "http://b/"], ("download", ["http://a/", "http://b/"], "x")),
        (["download", "test"], ("download", ["test"], None)),
        (["--", "http://a/"], ("download", ["http://a/"], None)),
        ([], ("download", [], None)),
        (["test"], "test"),
    ],
)
def test_the_first_word_decides(words: list[str], meant: object) -> None:
    assert called(*words) == meant


def test_a_word_that_is_neither_command_nor_url_is_a_mistake() -> None:
    with pytest.raises(typer.TyperException, match=r"No such command 'tset'\. Did you mean 'test'\?"):
        called("tset")


def test_a_command_is_made_once_it_is_looked_at_and_no_other_for_that() -> None:
    made: list[str] = []
    commands = OnDemand({"download": lambda: made.append("download"), "info": lambda: made.append("info")})
    assert (list(commands), len(commands), "info" in commands, "tset" in commands) == (
        ["download", "info"],
        2,
        True,
        False,
    )
    assert made == []
    assert (commands["download"], commands.get("download"), made) == (None, None, ["download"])
