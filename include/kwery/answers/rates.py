"""Request rates of an account, in whatever unit and spelling it gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from include.kwery.answers.headers import rate
from include.kwery.answers.statements import key_of

STANDARD_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
"""The units in which rates are kept."""
_SECONDS = {
    r"seconds?|secs?|s|rps": 1,
    r"minutes?|mins?|m|rpm": 60,
    r"hours?|hrs?|h|rph": 3600,
    r"days?|d|rpd|daily": 86_400,
    r"weeks?|w|weekly": 7 * 86_400,
    r"months?|monthly": 31 * 86_400,
}
_TEXT = re.compile(
    r"(?P<count>\d+(?:\.\d+)?)\s*(?:(?:requests?|req)\s*)?(?:(?:/|per\s)\s*(?P<each>\d+(?:\.\d+)?)?)?\s*(?P<unit>[a-z]+)?"
)
_PERIOD = re.compile(r"(?P<each>\d+(?:\.\d+)?)?\s*(?P<unit>[a-z]+)?")
_NAME = re.compile(r"(?:(?P<each>\d+)_)?(?P<unit>[a-z]+)$")
_COUNTS = ("limit", "max", "requests", "count", "value", "allowed")
_PERIODS = ("per", "period", "window", "interval", "unit", "window_seconds", "period_seconds", "interval_seconds")


class _Rate(NamedTuple):
    requests: float
    seconds: float


def rates_of(given: Any) -> dict[str, float]:
    """Requests allowed in each standard unit of time: of a text, a list, or an object with any keys.

    Current use is not a limit. A rate in another unit counts in the longest standard one that it holds: 2,400 a day are
    100 an hour. The lowest of a unit counts: a burst beside a lasting rate is not a promise.
    """
    found: dict[str, float] = {}
    for one in _rates_in(given):
        unit = max(
            (u for u in STANDARD_SECONDS if STANDARD_SECONDS[u] <= one.seconds), key=STANDARD_SECONDS.__getitem__
        )
        allowed = one.requests * STANDARD_SECONDS[unit] / one.seconds
        found[unit] = min(allowed, found.get(unit, allowed))
    return found


def _rates_in(given: Any) -> Iterator[_Rate]:
    if isinstance(given, list):
        for one in given:
            yield from _rates_in(one)
    elif isinstance(given, Mapping) and not given.keys().isdisjoint(_COUNTS) and not given.keys().isdisjoint(_PERIODS):
        yield from _read("", given)
    elif isinstance(given, Mapping):
        for name, value in given.items():
            yield from _read(key_of(str(name)), value)
    else:
        yield from _read("", given)


def _read(name: str, value: Any) -> Iterator[_Rate]:
    if name.startswith("current") or name in _PERIODS:
        return
    in_name = _NAME.search(name)
    by_name = float(in_name["each"] or 1) * (_seconds(in_name["unit"]) or 0) if in_name else 0
    count, each, unit = _parts(value)
    allowed, seconds = rate(count), each * (by_name if unit is None else unit)
    if allowed is not None and seconds >= 1:
        yield _Rate(allowed, seconds)


def _parts(value: Any) -> tuple[object, float, float | None]:
    """The requests, in how many units of time, and the unit in seconds where the value itself names one."""
    if isinstance(value, Mapping):
        count = next((value[name] for name in _COUNTS if name in value), None)
        name = next((name for name in _PERIODS if name in value), "")
        period = _PERIOD.fullmatch(str(value.get(name, "")).strip().lower())
        if not name or period is None:
            return count, 1.0, None
        unit = _seconds(period["unit"] or "s")
        return count, float(period["each"] or 1), unit
    if isinstance(value, str) and (found := _TEXT.fullmatch(value.replace(",", "").strip().lower())):
        unit = _seconds(found["unit"]) if found["unit"] else None
        is_known = unit is not None or not found["unit"]
        return found["count"] if is_known else None, float(found["each"] or 1), unit
    return value, 1.0, None


def _seconds(unit: str) -> float | None:
    return next((seconds for names, seconds in _SECONDS.items() if re.fullmatch(names, unit)), None)
