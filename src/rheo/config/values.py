"""From what was written for a setting to its value, and back; the fields of `Settings` say what is allowed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import Field, fields
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args, get_origin, get_type_hints

from rheo.domain.errors import UsageError
from rheo.domain.proxy import Proxy, parse_proxy
from rheo.domain.secret import Secret
from rheo.domain.settings import Settings
from rheo.domain.text import encodable
from rheo.domain.timetable import Timetable
from rheo.domain.units import exact_size, parse_duration, parse_size
from rheo.domain.url import without_user_info

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo  # loaded where somebody names times

Value = bool | int | float | str | Path | Enum | Proxy | Secret | Timetable | tuple[str, ...] | None

MOST: Final = 2**31 - 1
"""What any number may be: it still fits where C code takes an `int`; as seconds, 68 years."""

MOST_SIZE: Final = 2**53
"""The same of sizes, in bytes."""

OFF: Final = "off"
_ABSENT: Final = frozenset({OFF, "none", "auto"})
_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})


class Setting(NamedTuple):
    """One field of `Settings`, and what may be written for it."""

    kind: type
    """Its type, without the None that `optional` speaks of."""
    optional: bool
    """Whether it may be absent."""
    absent: str
    """The word for that."""
    is_size: bool
    """Whether it is in bytes, and may have a unit."""
    least: float
    """What a number must reach."""
    word: Callable[[str], bool] | None
    """What a text, or each word of a list, must satisfy; None where any will do."""
    such: str | None
    """What is allowed, where the type does not tell."""
    may_be_empty: bool
    """Whether a text without a character is a value."""

    private: bool
    """Whether it is a URL that may be written with a login, which is left out of the value."""

    @property
    def is_secret(self) -> bool:
        """Whether its value may hold a password, and is not to be shown."""
        return self.private or self.kind in {Secret, Proxy}


@cache
def known() -> dict[str, Setting]:
    """Return every setting by its name."""
    hints = get_type_hints(Settings)
    return {field.name: _setting(field, hints[field.name]) for field in fields(Settings) if "help" in field.metadata}


def convert(setting: Setting, given: object, *, folder: Path = Path()) -> Value:
    """Return the value that was meant, a relative path as seen from `folder`; ValueError says what it must be."""
    if setting.optional and _means_absent(given):
        return None
    if setting.may_be_empty and given == "":
        return ""
    try:
        value = parse_size(given) if setting.is_size and isinstance(given, str) else _read(setting.kind, given, folder)
    except UsageError as error:
        raise ValueError(error.message) from None
    except (ValueError, OverflowError, RuntimeError):  # RuntimeError: the home of an unknown user
        raise _must_be(setting, _allowed(setting)) from None
    if isinstance(value, int | float):
        _check_bounds(setting, value)
    words = value if isinstance(value, tuple) else (value,)
    if setting.word is not None and not all(isinstance(word, str) and setting.word(word) for word in words):
        raise _must_be(setting, _allowed(setting))
    return _public(setting, value) if setting.private and isinstance(value, str) else value


def _public(setting: Setting, value: str) -> str:
    """Return a page's URL without its user info; one of which nothing is left is none."""
    public = without_user_info(value)
    if not public:
        raise _must_be(setting, _allowed(setting))
    return public


def to_text(value: Value, *, absent: str = OFF) -> str:
    """Return a value as it may be written: what `convert` makes the same value of."""
    if value is None:
        return absent
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return ", ".join(value)
    return _path_text(value) if isinstance(value, Path) else f"{value}"


def _setting(field: Field[Any], hint: Any) -> Setting:
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    kind = next(kind for kind in kinds if kind is not NoneType)
    return Setting(
        kind=get_origin(kind) or kind,
        optional=NoneType in kinds,
        absent=field.metadata.get("absent", OFF),
        is_size=field.metadata.get("unit") == "bytes",
        least=field.metadata.get("least", 0),
        word=field.metadata.get("word"),
        such=field.metadata.get("such"),
        private=field.metadata.get("private", False),
        may_be_empty=field.metadata.get("may_be_empty", False),
    )


def _means_absent(given: object) -> bool:
    return given is None or (isinstance(given, str) and given.strip().lower() in _ABSENT)


def _read(kind: type, given: object, folder: Path) -> Value:
    if issubclass(kind, Enum):
        return kind(given.strip() if isinstance(given, str) else given)
    if kind is Path:
        return folder / _path(given)
    return _READERS[kind](given)


def _check_bounds(setting: Setting, number: float) -> None:
    noun = "a size" if setting.is_size else "a duration" if setting.kind is float else "a whole number"
    most = MOST_SIZE if setting.is_size else MOST
    if number < setting.least:
        raise _must_be(setting, f"{noun} of at least {_written(setting, setting.least)}")
    if number > most:
        raise _must_be(setting, f"{noun} of at most {_written(setting, most)}")


def _written(setting: Setting, number: float) -> str:
    """Return a bound as it could be given."""
    if setting.is_size:
        return exact_size(int(number))
    return f"{number} {'second' if number == 1 else 'seconds'}" if setting.kind is float else str(number)


def _must_be(setting: Setting, allowed: str) -> ValueError:
    return ValueError(f"must be {allowed}, or {setting.absent}" if setting.optional else f"must be {allowed}")


def _allowed(setting: Setting) -> str:
    if setting.such is not None:
        return setting.such
    if setting.is_size:
        return "a size such as 1000, 64K, 1.5M or 2G"
    if issubclass(setting.kind, Enum):
        return f"one of {', '.join(choice.value for choice in setting.kind)}"
    return {
        bool: "true or false",
        int: f"a whole number of at least {setting.least}",
        float: "a duration such as 30, 1.5 or 1m30s",
        Path: "a path",
        tuple: "a list of words",
        str: "a text of one line",
        Secret: "a text of one line",
    }[setting.kind]


def _switch(given: object) -> bool:
    if isinstance(given, bool):
        return given
    word = given.strip().lower() if isinstance(given, str) else ""
    if word not in _TRUE | _FALSE:
        raise ValueError
    return word in _TRUE


def _whole(given: object) -> int:
    if isinstance(given, int | str) and not isinstance(given, bool):
        return int(given)
    raise ValueError


def _duration(given: object) -> float:
    seconds = _seconds(given) if isinstance(given, str) else given
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and math.isfinite(seconds):
        return float(seconds)
    raise ValueError


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return parse_duration(text)


def _path(given: object) -> Path:
    text = str(given) if isinstance(given, str | Path) else ""
    if not text or "\0" in text:
        raise ValueError
    return Path(text).expanduser() if text.startswith("~") else Path(text)  # Path forgets the `./` of `./~`


def _path_text(path: Path) -> str:
    """Return the path so that no part of it is taken for a home, or for a word."""
    text = str(path)
    return f"./{text}" if text.startswith("~") or text.strip().lower() in _ABSENT else text


def _words(given: object) -> tuple[str, ...]:
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else (given,)
    return tuple(word.strip() for one in several for word in _word(one).split(",") if word.strip())


def _word(given: object) -> str:
    if isinstance(given, int | str) and not isinstance(given, bool):
        return str(given)
    raise ValueError


def _text(given: object) -> str:
    if not isinstance(given, str) or not given or not encodable(given):
        raise ValueError
    if any(character < " " or character == "\x7f" for character in given):
        raise ValueError
    return given


def _proxy(given: object) -> Proxy:
    return given if isinstance(given, Proxy) else parse_proxy(_text(given))


def _secret(given: object) -> Secret:
    return given if isinstance(given, Secret) else Secret(_text(given))


def _timetable(given: object) -> Timetable | None:
    found = given if isinstance(given, Timetable) else _read_timetable(_rate_text(given))
    return None if found == Timetable() else found


def _rate_text(given: object) -> str:
    return str(given) if isinstance(given, int | float) and not isinstance(given, bool) else _text(given)


def _read_timetable(text: str) -> Timetable:
    from rheo.domain.timetable_text import parse_timetable  # noqa: PLC0415  (most have no limit)

    return parse_timetable(text, zone_named=_zone_named)


def _zone_named(name: str | None) -> ZoneInfo:
    from rheo.config.zones import zone_named  # noqa: PLC0415  (only those have one that name times)

    return zone_named(name)


_READERS: Final[dict[type, Callable[[object], Value]]] = {
    bool: _switch,
    int: _whole,
    float: _duration,
    tuple: _words,
    str: _text,
    Proxy: _proxy,
    Secret: _secret,
    Timetable: _timetable,
}
