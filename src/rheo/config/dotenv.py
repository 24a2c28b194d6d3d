"""What a .env says to rheo: its `RHEO_…` lines; all others belong to somebody else, and are not judged."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from rheo.config.variables import PREFIX

# Compiled on first use: most folders have no .env.
_COMMENT: Final = r"(?:^|\s)#"
_QUOTED: Final = r"""'(?P<literal>[^']*)'|"(?P<escaped>(?:[^"\\]|\\.)*)\""""
_ESCAPE: Final = r"""\\([\\"$`])"""


class Line(NamedTuple):
    """One line that sets a variable of ours."""

    number: int
    """Counted from 1, as editors do."""
    variable: str
    value: str | None
    """None where the line is broken: no `=`, or quotes that do not close."""


def parse(text: str) -> list[Line]:
    """Return our lines in their order: `RHEO_X=value`, perhaps quoted, after `export`, or before a comment."""
    found = (_line(number, line.strip()) for number, line in enumerate(text.split("\n"), start=1))
    return [line for line in found if line is not None]


def _line(number: int, text: str) -> Line | None:
    variable, equals, value = text.removeprefix("export ").lstrip().partition("=")
    if not variable.startswith(PREFIX):
        return None
    return Line(number, variable.rstrip(), _unquoted(value.lstrip()) if equals else None)


def _unquoted(value: str) -> str | None:
    if not value.startswith(("'", '"')):
        return re.split(_COMMENT, value, maxsplit=1)[0].rstrip()
    quoted = re.match(_QUOTED, value)
    if quoted is None or not _is_blank(value[quoted.end() :]):
        return None
    return re.sub(_ESCAPE, r"\1", quoted["escaped"]) if quoted["literal"] is None else quoted["literal"]


def _is_blank(rest: str) -> bool:
    return not rest.strip() or rest.lstrip().startswith("#")
