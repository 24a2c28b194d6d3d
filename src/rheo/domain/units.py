"""Sizes, speeds and durations, as people write and read them."""

from __future__ import annotations

import re
from typing import Final

_SIZES: Final = ("KiB", "MiB", "GiB", "TiB", "PiB")
_LARGEST: Final = "EiB"
_STEP: Final = 1024
_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_SHORT: Final = 10
"""Seconds below which a tenth matters."""

_DECIMAL: Final = r"([0-9]+(?:\.[0-9]+)?)"
_NUMBER: Final = re.compile(_DECIMAL)
_SIZE: Final = re.compile(rf"{_DECIMAL}\s*(?:([KMGTP])(?:i?B)?|B)?", re.IGNORECASE)
_DURATION: Final = re.compile(
    rf"(?:{_DECIMAL}d)?(?:{_DECIMAL}h)?(?:{_DECIMAL}m(?!s))?(?:{_DECIMAL}s)?(?:{_DECIMAL}ms)?"
)
_PARTS: Final = (_DAY, _HOUR, _MINUTE, 1.0, 0.001)


def format_size(size: float) -> str:
    """Return bytes in the largest unit that leaves at least one: `512 B`, `1.5 KiB`."""
    if round(size) < _STEP:
        return f"{size:.0f} B"
    for unit in _SIZES:
        size /= _STEP
        if round(size, 1) < _STEP:
            return f"{size:.1f} {unit}"
    return f"{size / _STEP:.1f} {_LARGEST}"


def format_speed(speed: float) -> str:
    """Return bytes per second: `1.5 MiB/s`."""
    return f"{format_size(speed)}/s"


def format_duration(seconds: float) -> str:
    """Return a duration in at most two units, the smaller one cut off: `4.2s`, `1m15s`, `2h03m`, `3d04h`."""
    if round(seconds, 1) < _SHORT:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m{whole % _MINUTE:02}s"
    if whole < _DAY:
        return f"{whole // _HOUR}h{whole % _HOUR // _MINUTE:02}m"
    return f"{whole // _DAY}d{whole % _DAY // _HOUR:02}h"


def parse_size(text: str) -> int:
    """Return the bytes that `1000`, `64K`, `1.5M`, `2GiB` mean; a kilo is 1024, as in curl and aria2. ValueError."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not a size; write 1000, 64K, 1.5M or 2G")
    return int(float(found[1]) * _STEP ** (" KMGTP".index((found[2] or " ").upper())))


def exact_size(size: int) -> str:
    """Return the shortest that `parse_size` makes the same bytes of: `1000`, `64K`, `1M`."""
    letters = iter(" KMGTP")
    letter = next(letters)
    while size and size % _STEP == 0 and letter != "P":
        size //= _STEP
        letter = next(letters)
    return f"{size}{letter.strip()}"


def parse_duration(text: str) -> float:
    """Return the seconds that `90`, `1.5`, `1m30s`, `2h` or `500ms` mean; raises ValueError."""
    written = text.strip()
    seconds = _seconds(written)
    if not written or seconds is None or seconds == float("inf"):
        raise ValueError(f"{text!r} is not a duration; write 90, 1.5, 1m30s, 2h or 500ms")
    return seconds


def _seconds(text: str) -> float | None:
    if _NUMBER.fullmatch(text):
        return float(text)
    parts = _DURATION.fullmatch(text)
    if parts is None:
        return None
    return sum(float(amount) * unit for amount, unit in zip(parts.groups(), _PARTS, strict=True) if amount)
