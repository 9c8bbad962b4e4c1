"""Whether what an answer says of time leaves room for the requested range: its ends, ranges, instants, lags and depth.

An instant inside the range may say where the data begin or end, whatever its name. Harmless are those of the service's
own affairs, and one called first or last where a row lies. Outside the range, the name says which end it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from include.domain.clock import read_instant
from include.kwery.answers.headers import http_date
from include.kwery.answers.sentences import OF_THE_ACCOUNT
from include.kwery.answers.statements import SPANS, Statement, figure, key_of
from include.kwery.answers.timestamps import row_positions
from include.kwery.models import Page

_STARTS = {"start", "from", "since", "begin", "begins", "beginning"}
_ENDS = {"end", "to", "until", "till", "through", "thru", "stop", "cutoff"}
_RANGES = {"range", "window", "period", "span", "bounds"}
QUALIFIERS = {
    "actual", "effective", "requested", "request", "original", "resolved", "applied", "adjusted", "range", "query",
    "window", "period", "data", "available", "coverage", "covered", "history", "served", "returned", "response",
    "filter", "time", "date", "datetime", "timestamp", "ts", "at", "utc", "iso", "ms", "unix", "epoch", "instant",
    "complete", "completed", "valid", "loaded", "ingested", "processed", "synced", "indexed", "known", "watermark",
}  # fmt: skip
"""What a name may hold beside the word for a start, an end, a symbol, a source or an interval."""
_MADE_AT = {"as_of", "data_as_of", "asof", "generated_at", "cached_at", "snapshot_at"}
_OLDEST = {"earliest", "oldest", "first", "min", "minimum"}
_LATEST = {"latest", "newest", "last", "max", "maximum"}
_NEWEST = _LATEST | {
    "updated", "update", "modified", "refreshed", "refresh", "ingested", "synced", "imported", "horizon", "checkpoint",
    "watermark", "freshness",
}  # fmt: skip
_OF_THE_SERVICE = OF_THE_ACCOUNT | {
    "id", "version", "schema", "build", "release", "released", "deployed", "created", "launch", "launched", "listed",
    "listing", "inception", "deprecated", "deprecation", "sunset", "expires", "expiry", "reset", "resets", "renews",
    "billing", "cycle",
}  # fmt: skip
"""Dates of these say nothing of the rows."""
_LAGS = {"lag", "delay", "embargo", "behind", "age", "freshness", "staleness"}
_DEPTHS = {"history", "retention", "lookback", "depth"}
_PLANS = {"plan", "tier", "subscription", "entitlements", "limits", "account"}
SECONDS = {
    "ms": 0.001, "milliseconds": 0.001, "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "m": 60, "min": 60,
    "minute": 60, "minutes": 60, "h": 3600, "hr": 3600, "hour": 3600, "hours": 3600, "hourly": 3600, "d": 86400,
    "day": 86400, "days": 86400, "daily": 86400,
}  # fmt: skip
"""Units of time, as names and texts spell them."""
_DURATION = re.compile(r"pt?(\d+)([smhd])|(\d*)[ _-]?([a-z]+)")
_LONGEST_SECONDS = 10 * 366 * 86_400


def leaves_room(one: Statement, page: Page) -> bool:
    """Whether a statement lets the answer hold all of the requested range, but for buckets that have not begun."""
    is_moment = isinstance(one.value, str) and _instant(one.value) is not None
    is_age_header = one.path == "age"  # it is judged with the clock
    if one.words & _LAGS and not (is_moment or is_age_header or "max" in one.words):
        return _is_late_enough(one, page)
    if one.words & _DEPTHS and (depth := _named_seconds(one)) is not None:
        return not depth > 0 or _reaches_back(_before(page, depth), page)
    if one.words <= SECONDS.keys() and _words_above(one) & _DEPTHS and (depth := _named_seconds(one)) is not None:
        return _reaches_back(_before(page, depth), page)
    subject = subject_of(one)
    if one.words & _RANGES and subject <= _RANGES and (both := _both_ends(one.value)) is not None:
        return _cover([both], page)
    if one.words & SPANS and isinstance(one.value, list):
        ranges = [both for value in one.value if (both := _both_ends(value)) is not None]
        if ranges:
            return _cover(ranges, page)
    if isinstance(one.value, list | str) and not one.words & _OF_THE_SERVICE:
        both = _both_ends(one.value)
        if both is not None:
            return _is_apart(both, page) or _cover([both], page) or _instants_of(page.body).issuperset(both)
    if isinstance(one.value, bool | dict | list):
        return True
    is_end = bool(subject) and (subject <= _STARTS or subject <= _ENDS)
    if not is_end and one.words & _OF_THE_SERVICE:
        return True
    instant = _instant(one.value)
    if is_end:
        if instant is None:
            return one.is_header
        return _reaches_back(instant, page) if subject <= _STARTS else _reaches_end(instant, page)
    if instant is None:
        return True
    if _is_outside(instant, one, page):
        return True
    is_of_rows = bool(one.words & (_OLDEST | _LATEST))
    return is_of_rows and instant in _instants_of(page.body)


def _words_above(one: Statement) -> set[str]:
    return set(key_of(one.path.rpartition(".")[0].rpartition(".")[2]).split("_"))


def names_depth_of_plan(one: Statement) -> bool:
    """Whether it says how far back the plan of the account reaches."""
    return bool(one.words & _DEPTHS) and bool(_words_above(one) & _PLANS) and _named_seconds(one) is not None


def subject_of(one: Statement) -> frozenset[str]:
    """The words of its name without those that only say which of several it is."""
    return one.words - QUALIFIERS


def seconds_in(value: Any) -> float | None:
    """The length that a text names with its unit, such as `1h`, `PT1H`, `60 minutes` or `daily`; None for no length."""
    found = _DURATION.fullmatch(value.strip().casefold()) if isinstance(value, str) else None
    if found is None:
        return None
    number, unit = found[1] or found[3] or "1", found[2] or found[4]
    return float(number) * SECONDS[unit] if unit in SECONDS else None


@lru_cache(maxsize=1)
def _instants_of(body: bytes) -> frozenset[datetime]:
    """Where the rows of a page lie; remembered, since an answer may hold thousands of such statements."""
    return frozenset(row.instant for row in row_positions(body))


def _is_outside(instant: datetime, one: Statement, page: Page) -> bool:
    """Whether an instant lies so far from the range that it cuts nothing off, as far as its name says what it is."""
    if one.words & _OLDEST:
        return _reaches_back(instant, page)
    if one.words & _NEWEST or one.key in _MADE_AT:
        return _reaches_end(instant, page)
    return one.is_header or instant <= page.request.start or _reaches_end(instant, page)


def _is_late_enough(one: Statement, page: Page) -> bool:
    """Whether data that lags by this much still reaches the end of the request; a lag without a unit is in seconds."""
    number = figure(one.value)
    seconds = _named_seconds(one) if number is None else number * _unit(one, 1)
    return seconds is None or not seconds > 0 or _reaches_end(_before(page, seconds), page)


def _named_seconds(one: Statement) -> float | None:
    """A length of time whose unit stands in its text or in its name; None without a unit."""
    if isinstance(one.value, dict) and len(one.value) == 1:
        [(name, value)] = one.value.items()
        return _named_seconds(replace(one, key=key_of(name), value=value))
    number, unit = figure(one.value), _unit(one, 0)
    return number * unit if number is not None and unit else seconds_in(one.value)


def _unit(one: Statement, otherwise: float) -> float:
    return max((SECONDS[word] for word in one.words if word in SECONDS), default=otherwise)


def _before(page: Page, seconds: float) -> datetime:
    return page.observed_at - timedelta(seconds=min(seconds, _LONGEST_SECONDS))


def _both_ends(value: Any) -> tuple[datetime, datetime] | None:
    """The instants of a range: of a list of two, an object with both, or a text such as `2026-03-07/2026-03-08`."""
    parts = re.split(r"/|\.\.|,| - | to ", value) if isinstance(value, str) else value
    if isinstance(value, dict):
        parts = [next((value[name] for name in value if key_of(name) in names), None) for names in (_STARTS, _ENDS)]
    if not isinstance(parts, list) or len(parts) != 2:
        return None
    start, end = _instant(parts[0]), _instant(parts[1])
    return (start, end) if start is not None and end is not None else None


def _cover(ranges: Sequence[tuple[datetime, datetime]], page: Page) -> bool:
    """Whether ranges together hold the requested one, with no gap wider than an interval."""
    reached = page.request.start
    for start, end in sorted(ranges):
        if start <= reached + page.request.stream.interval.step:
            reached = max(reached, end)
    return _reaches_back(min(ranges)[0], page) and _reaches_end(reached, page)


def _is_apart(both: tuple[datetime, datetime], page: Page) -> bool:
    """Whether a range lies wholly outside the requested one."""
    return max(both) <= page.request.start or min(both) >= page.request.end


def _reaches_back(instant: datetime, page: Page) -> bool:
    return instant <= page.request.stream.interval.ceil(page.request.start)


def _reaches_end(instant: datetime, page: Page) -> bool:
    return instant >= min(page.request.end, page.observed_at) - page.request.stream.interval.step


def _instant(value: Any) -> datetime | None:
    """The instant that a value is: ISO 8601, an HTTP date, or Unix time of a size that no count has."""
    if isinstance(value, int | float) and abs(value) < 1e9:
        return None
    with suppress(ValueError):
        return read_instant(value)
    return http_date(value) if isinstance(value, str) else None
