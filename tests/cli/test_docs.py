"""The page on HTTP knows every option, and promises no name that does not work."""

import re
from pathlib import Path

from rheo.cli.http_options import HTTP_OPTIONS
from rheo.cli.options import setting_names, setting_options

PAGE = (Path(__file__).parents[2] / "docs" / "http.md").read_text()
TABLE = PAGE.partition("## The options")[2]


def known() -> set[str]:
    """Return every name of an option that sets what requests are like, aliases included."""
    return {name for option in setting_options() for name in (*option.opts, *option.secondary_opts)}


def test_every_option_has_its_row() -> None:
    first_cells = " ".join(line.split("|")[1] for line in TABLE.splitlines() if line.startswith("|"))
    shown = set(re.findall(r"`(-[^` ]+)`", first_cells))
    ours = {f"--{name.replace('_', '-')}" for name in setting_names()}
    ours |= {name for option in HTTP_OPTIONS for name in option.names}
    assert ours - shown == set()
    assert shown - known() <= {"-o", "--output", "--resume-from", "--hash", "--hash-file", "--json", "--env-file"}


def test_every_name_in_bold_works() -> None:
    bold = {name.split()[0] for name in re.findall(r"\*\*`([^`]+)`\*\*", TABLE)}
    assert bold
    assert bold - known() == set()
