"""Reads fields of an object that may hold anything, and takes only what has the right type and size."""

from __future__ import annotations

import re
from typing import Final, Self

from rheo.storage.seal import DamagedError

_HEX: Final = re.compile(r"[0-9a-f]{32}")


class Fields:
    """An object of a JSON file that somebody else may have written; every method raises DamagedError."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise DamagedError("there is no object where one belongs")
        self._values: dict[object, object] = value

    def required(self, name: str) -> Self:
        """Return the object of that name."""
        return type(self)(self._values.get(name))

    def inner(self, name: str) -> Self | None:
        """Return the object of that name, or None where null stands."""
        return None if self._values.get(name) is None else self.required(name)

    def text(self, name: str, most: int) -> str:
        """Return a text of so many characters at most."""
        value = self._values.get(name)
        if not isinstance(value, str) or len(value) > most:
            raise DamagedError(f"{name} is no text")
        return value

    def text_or_none(self, name: str, most: int) -> str | None:
        """Return a text, or None where null stands."""
        return None if self._values.get(name) is None else self.text(name, most)

    def number(self, name: str, most: int, *, least: int = 0) -> int:
        """Return a whole number that is not out of bounds."""
        return self.whole(self._values.get(name), most, least=least)

    def number_or_none(self, name: str, most: int) -> int | None:
        """Return a whole number, or None where null stands."""
        return None if self._values.get(name) is None else self.number(name, most)

    def flag(self, name: str, *, optional: bool = False) -> bool:
        """Return true or false; `optional`: false where nothing stands."""
        value = self._values.get(name, False if optional else None)
        if not isinstance(value, bool):
            raise DamagedError(f"{name} is neither true nor false")
        return value

    def token(self, name: str) -> str:
        """Return a token: safe as a part of a name."""
        return self.hex(self._values.get(name))

    def token_or_none(self, name: str) -> str | None:
        """Return a token, or None where null stands."""
        return None if self._values.get(name) is None else self.token(name)

    def rows(self, name: str, most: int, *, width: int, optional: bool = False) -> list[list[object]]:
        """Return so many lists at most, of that many values each; `optional`: none where nothing, or null, stands."""
        value = self._values.get(name)
        if optional and value is None:
            return []
        if not isinstance(value, list) or len(value) > most:
            raise DamagedError(f"{name} is no list, or too long a one")
        if not all(isinstance(row, list) and len(row) == width for row in value):
            raise DamagedError(f"{name} has an entry of another form")
        return value

    @staticmethod
    def whole(value: object, most: int, *, least: int = 0) -> int:
        """Return the value if it is a whole number within its bounds; true and false are none."""
        if type(value) is not int or not least <= value <= most:
            raise DamagedError("a number is out of bounds")
        return value

    @staticmethod
    def hex(value: object) -> str:
        """Return the value if it is 32 hexadecimal digits."""
        if not isinstance(value, str) or _HEX.fullmatch(value) is None:
            raise DamagedError("there are not 32 hexadecimal digits where they belong")
        return value
