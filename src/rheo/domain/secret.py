"""A secret: a text that shows itself to nobody who does not ask by name."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from rheo.domain.errors import UsageError
from rheo.domain.text import encodable

_SPLITTING: Final = re.compile(r"[\r\n\0]")
_HIDDEN: Final = "…"


class Secret:
    """A password, token or the like; two that hold the same are equal.

    No dataclass: `asdict` would take it apart, and print it.
    """

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: str, *, what: str = "secret") -> None:
        """Hold the text; raises UsageError, which says what it is for, where a header could not carry it."""
        if not isinstance(text, str):
            raise UsageError(f"the {what} must be a str, not a {type(text).__name__}")
        if _SPLITTING.search(text):
            raise UsageError(f"the {what} has a line break or NUL in it; remove that")
        if not encodable(text):
            raise UsageError(f"the {what} is not in UTF-8; write it in that")
        object.__setattr__(self, "_text", text)

    def reveal(self) -> str:
        """Return the text, for the one who sends it."""
        return self._text

    def __repr__(self) -> str:
        return _HIDDEN

    def __format__(self, spec: str, /) -> str:
        return _HIDDEN

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a secret cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a secret cannot be changed")

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return Secret, (self._text,)  # for the way to another process, and for copies
