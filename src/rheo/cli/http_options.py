"""The options that say what one download's requests carry."""

from __future__ import annotations

from typing import Final, NamedTuple

from typer.core import TyperOption

PANEL: Final = "Requests"


class HttpOption(NamedTuple):
    """One option."""

    key: str
    names: tuple[str, ...]
    metavar: str | None
    """None for a switch."""
    help: str
    several: bool = False

    def option(self, parameter: str) -> TyperOption:
        """Return it as Typer has it, for a parameter of this name."""
        return TyperOption(
            param_decls=[parameter, *self.names],
            type=None if self.metavar is None else str,
            is_flag=self.metavar is None,
            multiple=self.several,
            default=False if self.metavar is None else None,
            metavar=self.metavar,
            help=self.help,
            rich_help_panel=PANEL,
        )


HTTP_OPTIONS: Final = (
    HttpOption("header", ("--header", "-H"), "'NAME: VALUE'", "send this header; @FILE has one a line", several=True),
    HttpOption(
        "public_header", ("--public-header",), "'NAME: VALUE'", "the same, wherever redirects lead", several=True
    ),
    HttpOption("cookie", ("--cookie", "-b"), "NAME=VALUE", "send this cookie", several=True),
    HttpOption("method", ("--method",), "METHOD", "ask with another method than GET: one stream, never resumed"),
    HttpOption("data", ("--data",), "DATA", "send this, by POST: a form's a=b&c=d, or @FILE"),
    HttpOption("user", ("--user", "-u"), "USER[:PASSWORD]", "log in; without the password, it is asked for"),
    HttpOption("auth", ("--auth",), "any|basic|digest|ntlm|negotiate", "how to log in (default: any)"),
    HttpOption("bearer", ("--bearer",), "TOKEN", "log in with a token"),
    HttpOption("cert", ("--cert",), "FILE", "show this client certificate, a PEM"),
    HttpOption("key", ("--key",), "FILE", "its key, where that is another file"),
    HttpOption("key_password", ("--key-password",), "PASSWORD", "the key's password"),
    HttpOption("insecure", ("--insecure",), None, "accept any certificate of the URLs' own hosts"),
)
