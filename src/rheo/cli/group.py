"""How commands are found, and how their help is grouped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from typer.core import TyperCommand, TyperGroup

from rheo.cli.aliases import SKIPPING

DEFAULT: Final = "download"
"""The command that is meant where none is named."""

_RUN_BATCH: Final = ["batch", "run"]
_BATCH: Final = ["download", "batch"]
"""What that is short for."""


class OnDemand(Mapping[str, Any]):
    """Commands by name, each of which is made when it is first looked at: a call needs one, with its many options."""

    def __init__(self, makers: Mapping[str, Callable[[], Any]]) -> None:
        self._makers = makers
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return a command."""
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is such a command; none is made for that."""
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._makers)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._makers)


class Commands(TyperGroup):
    """All commands by name; a URL in the place of a name, or an option of `download`, means `download`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in the name that was left out."""
        completes_name = ctx.resilient_parsing and not args
        if not completes_name and not self._names_command(ctx, args):
            args = [DEFAULT, *args]
        if args[: len(_RUN_BATCH)] == _RUN_BATCH:
            args = [*_BATCH, *args[len(_RUN_BATCH) :]]
        return super().parse_args(ctx, args)

    def _names_command(self, ctx: Any, words: Sequence[str]) -> bool:
        """Whether the first word is a command, perhaps misspelt, or an option of all commands."""
        if not words:
            return False
        word = words[0].partition("=")[0]
        if word.startswith("-"):
            return word in {name for option in self.get_params(ctx) for name in option.opts}
        return word in self.commands or not any(mark in word for mark in "/:.")


class Command(TyperCommand):
    """A command whose help has its options in groups, by their panels."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in what `--skip-existing` means where nothing says it: what follows may be a URL."""
        return super().parse_args(ctx, list(_with_skipping(args)))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write a section for the arguments and for each panel."""
        for title, records in _sections(ctx, self.get_params(ctx)):
            with formatter.section(title):
                formatter.write_dl(records)


def _with_skipping(words: Sequence[str]) -> Iterator[str]:
    options, others = _parted(words)
    for position, word in enumerate(options, start=1):
        yield word
        if word == "--skip-existing" and not set(options[position : position + 1]) & set(SKIPPING):
            yield next(iter(SKIPPING))
    yield from others


def _parted(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the words among which options are, and those behind a `--`."""
    end = words.index("--") if "--" in words else len(words)
    return words[:end], words[end:]


def _sections(ctx: Any, parameters: Iterable[Any]) -> Iterable[tuple[str, list[tuple[str, str]]]]:
    sections: dict[str, list[tuple[str, str]]] = {}
    for parameter in parameters:
        record = parameter.get_help_record(ctx)
        if record is not None:
            title = "Arguments" if parameter.param_type_name == "argument" else parameter.rich_help_panel or "Options"
            sections.setdefault(title, []).append(record)
    return sections.items()
