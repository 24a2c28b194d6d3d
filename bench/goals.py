"""What the design promises, beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One promise; `key` is its name in `remarks.toml`, `met` is None where nothing could be measured."""

    key: str
    text: str
    measured: str
    met: bool | None


def within(key: str, text: str, *, measured: float, limit: float, unit: str) -> Goal:
    """Return a promise of an upper limit."""
    return Goal(key=key, text=text, measured=f"{measured:.3g} {unit}", met=measured <= limit)


def at_least(key: str, text: str, *, measured: float, limit: float, unit: str) -> Goal:
    """Return a promise of a lower limit."""
    return Goal(key=key, text=text, measured=f"{measured:.3g} {unit}", met=measured >= limit)


def beside(key: str, text: str, *, measured: float, other: float, factor: float, strict: bool = False) -> Goal:
    """Return a promise about the ratio of two times; `strict` excludes the ratio itself."""
    ratio = measured / other
    met = ratio < factor if strict else ratio <= factor
    return Goal(key=key, text=text, measured=f"{ratio:.2f} x ({measured:.2f} s and {other:.2f} s)", met=met)


def unmeasured(key: str, text: str, reason: str) -> Goal:
    """Return a promise that could not be looked at."""
    return Goal(key=key, text=text, measured=reason, met=None)


def broken(key: str, text: str) -> Goal:
    """Return a promise that was not kept because rheo failed; its table says how."""
    return Goal(key=key, text=text, measured="rheo failed", met=False)
