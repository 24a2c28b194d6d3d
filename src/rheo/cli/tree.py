"""The tree of commands: what may stand on the command line, and what the help says about it.

A command's module is imported when the command is called; until then no more than words are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from rheo import __version__
from rheo.cli import epilogs
from rheo.cli.aliases import flags_from
from rheo.cli.batch_options import (
    Checking,
    Doubling,
    DryRun,
    LedgerFile,
    MaxFailureRate,
    MaxFailures,
    NoLedger,
    OnlyFailed,
    ledger_words,
    patience_from,
)
from rheo.cli.batch_tree import batch_tree
from rheo.cli.group import Command, Commands, OnDemand
from rheo.cli.left_out import NOT_OF_INFO, NOT_OF_VERIFY
from rheo.cli.list_options import (
    BaseUrl,
    Columns,
    Form,
    InputFiles,
    Patterns,
    Strict,
    list_path,
    list_words,
)
from rheo.cli.options import (
    FILES,
    HTTP_PREFIX,
    NETWORK,
    OUTPUT,
    AsJson,
    in_order,
    setting_names,
    setting_options,
    taking_settings,
)
from rheo.cli.shared_options import EnvFile, Hashes, HashFile, OtherHashes


def tree() -> Any:
    """Return all commands."""
    commands = typer.Typer(
        cls=Commands,
        help=epilogs.HELP,
        rich_markup_mode=None,  # plain help reads the same on a terminal, in a pager and in a pipe, 100 ms earlier
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    commands.callback()(_all)
    group: Any = typer.main.get_command(commands)
    group.commands = OnDemand(
        {
            "download": lambda: _made("download", _download, epilogs.OF_DOWNLOAD, setting_options()),
            "info": lambda: _made("info", _info, epilogs.OF_INFO, setting_options(without=NOT_OF_INFO)),
            "verify": lambda: _made("verify", _verify, epilogs.OF_VERIFY, setting_options(without=NOT_OF_VERIFY)),
            "hash": lambda: _made("hash", _hash, epilogs.OF_HASH),
            "test": lambda: _made("test", _test),
            "batch": lambda: typer.main.get_group(batch_tree()),
            "config": lambda: typer.main.get_group(_config_tree()),
        }
    )
    return group


def _made(
    name: str, function: Callable[..., int], epilog: str | None = None, options: Iterable[Any] | None = None
) -> Any:
    """Return a command; its `**` parameter takes the options, if there are any."""
    commands = typer.Typer(add_completion=False, rich_markup_mode=None)
    commands.command(name, cls=Command, epilog=epilog)(function if options is None else taking_settings(function))
    command: Any = typer.main.get_command(commands)
    if options is not None:
        command.params = in_order([*command.params, *options])
    return command


def _config_tree() -> typer.Typer:
    config = typer.Typer(name="config", help="Look at the settings.", rich_markup_mode=None)
    config.command("show", cls=Command)(_config_show)
    config.callback()(_config)
    return config


def _tell_version(wanted: bool) -> None:  # noqa: FBT001  (Typer calls it so)
    if wanted:
        typer.echo(f"rheo {__version__}")
        raise typer.Exit


def _all(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="say which rheo this is", is_eager=True, callback=_tell_version)
    ] = False,
) -> None:
    """Take the options that stand before any command."""


def _download(
    urls: Annotated[list[str] | None, typer.Argument(metavar="URL...", show_default=False)] = None,
    *,
    mirrors: Annotated[
        list[str] | None,
        typer.Option(
            "--mirror",
            metavar="URL",
            help="another URL of the same file, to fetch from at the same time; may be given several times",
            rich_help_panel=FILES,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="the file's name, with folders if you like, below --directory; - is standard output; with a list, a "
            "template: {n:06}-{name}",
            rich_help_panel=FILES,
        ),
    ] = None,
    out: Annotated[str | None, typer.Option("--out", "--output-document", hidden=True)] = None,
    resume_from: Annotated[
        Path | None,
        typer.Option(
            "--resume-from",
            metavar="PART",
            help="go on with this part file, though it came from another URL; size, validator or bytes must agree",
            rich_help_panel=FILES,
        ),
    ] = None,
    metalinks: Annotated[
        list[str] | None,
        typer.Option(
            "--metalink",
            "-M",
            metavar="FILE|URL",
            help="fetch what this Metalink lists; one named .meta4 or .metalink needs no option",
            rich_help_panel=FILES,
        ),
    ] = None,
    metalink_files: Annotated[list[str] | None, typer.Option("--metalink-file", hidden=True)] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="FILES",
            help="which files of the Metalink: a name, a pattern such as '*.iso', or numbers such as 1,3-5",
            rich_help_panel=FILES,
        ),
    ] = None,
    select_files: Annotated[list[str] | None, typer.Option("--select-file", hidden=True)] = None,
    input_file: InputFiles = None,
    form: Form = None,
    columns: Columns = None,
    patterns: Patterns = False,
    base_url: BaseUrl = None,
    strict: Strict = False,
    ledger: LedgerFile = None,
    no_ledger: NoLedger = False,
    only_failed: OnlyFailed = False,
    check: Checking = None,
    duplicates: Doubling = None,
    max_failures: MaxFailures = None,
    max_failure_rate: MaxFailureRate = None,
    dry_run: DryRun = False,
    hashes: Hashes = None,
    checksums: OtherHashes = None,
    hash_file: HashFile = None,
    priority: Annotated[
        int,
        typer.Option(
            "--priority",
            metavar="N",
            help="how much these files matter beside others: higher is more, 0 is usual",
            rich_help_panel=NETWORK,
            show_default=False,
        ),
    ] = 0,
    deadline: Annotated[
        str | None,
        typer.Option(
            "--deadline",
            metavar="WHEN",
            help="when the files are wanted: 18:00, tomorrow 18:00, 2026-11-30 18:00 or +2h",
            rich_help_panel=NETWORK,
        ),
    ] = None,
    env_file: EnvFile = None,
    as_json: AsJson = False,
    **settings: Any,
) -> int:
    """Fetch files over HTTP and HTTPS."""
    from rheo.cli.commands.download import Words, download  # noqa: PLC0415

    addresses, listed = list_path(urls or [], input_file or [])
    words = Words(
        urls=addresses,
        mirrors=mirrors or [],
        metalinks=[*(metalinks or []), *(metalink_files or [])],
        select=[*(select or []), *(select_files or [])],
        output=out if output is None else output,
        resume_from=resume_from,
        hashes=[*(hashes or []), *(checksums or [])],
        hash_file=hash_file,
        priority=priority,
        deadline=deadline,
        flags=flags_from(settings, setting_names()),
        http=_http(settings),
        env_file=env_file,
        as_json=as_json,
        listed=list_words(listed, form, columns or [], base_url, patterns=patterns, strict=strict),
        ledger=ledger_words(
            ledger,
            without=no_ledger,
            only_failed=only_failed,
            check=check,
            duplicates=duplicates,
            listed=listed is not None,
        ),
        patience=patience_from(max_failures, max_failure_rate),
        dry_run=dry_run,
    )
    return download(words)


def _info(
    urls: Annotated[list[str] | None, typer.Argument(metavar="URL...", show_default=False)] = None,
    *,
    env_file: EnvFile = None,
    as_json: AsJson = False,
    **settings: Any,
) -> int:
    """Tell what a URL has and how it would be fetched, without fetching it."""
    from rheo.cli.commands.info import Words, info  # noqa: PLC0415

    flags = flags_from(settings, setting_names())
    return info(Words(urls=urls or [], flags=flags, http=_http(settings), env_file=env_file, as_json=as_json))


def _verify(
    path: Annotated[str, typer.Argument(metavar="FILE", show_default=False)],
    *,
    hashes: Hashes = None,
    checksums: OtherHashes = None,
    hash_file: HashFile = None,
    metalink: Annotated[
        str | None,
        typer.Option(
            "--metalink",
            "-M",
            metavar="FILE|URL",
            help="a Metalink that lists the file, by its name or alone; its pieces tell which bytes are wrong",
            rich_help_panel=FILES,
        ),
    ] = None,
    repair: Annotated[
        list[str] | None,
        typer.Option(
            "--repair",
            metavar="URL",
            help="where to fetch what is wrong of it; several times: its mirrors",
            rich_help_panel=FILES,
        ),
    ] = None,
    env_file: EnvFile = None,
    as_json: AsJson = False,
    **settings: Any,
) -> int:
    """Hold a file against its hash, a list or a Metalink, and repair it."""
    from rheo.cli.commands.verify import Words, verify  # noqa: PLC0415

    words = Words(
        path=path,
        hashes=[*(hashes or []), *(checksums or [])],
        hash_file=hash_file,
        metalink=metalink,
        repair=repair or [],
        flags=flags_from(settings, setting_names()),
        http=_http(settings),
        env_file=env_file,
        as_json=as_json,
    )
    return verify(words)


def _hash(
    paths: Annotated[list[str] | None, typer.Argument(metavar="FILE...", show_default=False)] = None,
    *,
    algorithm: Annotated[
        str, typer.Option("--algo", metavar="NAME", help="how: sha256, sha512, md5 …", rich_help_panel=OUTPUT)
    ] = "sha256",
    tagged: Annotated[
        bool, typer.Option("--tag", help="write BSD's lines, which name the algorithm", rich_help_panel=OUTPUT)
    ] = False,
) -> int:
    """Print what files hash to; - is standard input."""
    from rheo.cli.commands.hash import hash_files  # noqa: PLC0415

    return hash_files(paths or [], algorithm=algorithm, tagged=tagged)


def _http(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what requests are to carry, by option."""
    return {name.removeprefix(HTTP_PREFIX): one for name, one in given.items() if name.startswith(HTTP_PREFIX)}


def _test(
    *,
    remote: Annotated[
        list[str] | None,
        typer.Option("--remote", metavar="URL[=sha256:HEX]", help="also fetch this; may be given several times"),
    ] = None,
    plant_fault: Annotated[str | None, typer.Option("--plant-fault", metavar="CASE", hidden=True)] = None,
) -> int:
    """Fetch built-in files from a server of our own, and verify them."""
    from rheo.cli.commands.test import run  # noqa: PLC0415

    return run(remote=remote or [], plant_fault=plant_fault)


def _config() -> None:
    """Take no options: with this, Typer makes a group of the only command."""


def _config_show(*, env_file: EnvFile = None, as_json: AsJson = False) -> int:
    """Show every setting, its value, and where that comes from."""
    from rheo.cli.commands.config import show  # noqa: PLC0415
    from rheo.config import load_settings  # noqa: PLC0415

    show(load_settings(env_file=env_file), as_json=as_json)
    return 0
