"""What the library logs, shown as lines on standard error."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rheo.cli.terminal import say
from rheo.domain.settings import Verbosity

_LEVELS: Final = {
    Verbosity.QUIET: logging.ERROR,
    Verbosity.NORMAL: logging.WARNING,
    Verbosity.VERBOSE: logging.INFO,
}


class _Lines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        for line in self.format(record).splitlines():
            say(line)


@contextmanager
def logs_shown(verbosity: Verbosity) -> Iterator[None]:
    """Show what is logged meanwhile, as far as the verbosity wants it."""
    root, lines = logging.getLogger(), _Lines()
    before = root.level
    root.setLevel(_LEVELS[verbosity])
    root.addHandler(lines)
    try:
        yield
    finally:
        root.removeHandler(lines)
        root.setLevel(before)
