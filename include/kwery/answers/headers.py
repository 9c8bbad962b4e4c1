"""Reads the vendor's headers, whose names and forms differ between versions of the API (behaviours 24 and 29 to 31)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from include.domain.clock import from_unix, parse_instant

MOST = 10**15
"""More credits, rows or days than this is not the figure of any account, and more than a database's integer holds."""
_UNIX_SECONDS_FROM = 1e9
_GROUPED = re.compile("[-\N{MINUS SIGN}]?" r"\d{1,3}(?:([,' \u00a0\u202f])\d{3})(?:\1\d{3})*(?:\.\d+)?")
"""A figure with thousands set apart."""
LONGEST_WAIT_SECONDS = 10 * 366 * 86_400.0
"""A vendor that names more means never; a clock moved by this much is still a date."""


_LONGEST_AGE_SECONDS = 366 * 86_400
"""No cache keeps an answer for longer: RFC 9111 advises a year at most."""


def number(text: object) -> float | None:
    """A finite, non-negative number, else None."""
    value = _finite(text)
    return value if value is not None and value >= 0 else None


def whole_number(text: object) -> int | None:
    """A non-negative whole number (fractions round up: no credit goes unseen), else None; also when it is absurd."""
    value = number(text)
    return None if value is None or value > MOST else math.ceil(value)


def charge(text: object) -> int | None:
    """Credits that were charged, rounded up; the highest of several figures. None for an absurd one, or none at all."""
    found = (whole_number(one) for one in _figures(text))
    return max((one for one in found if one is not None), default=None)


def balance(text: object) -> int | None:
    """Remaining credits, rounded down; negative is 0, of several figures the lowest counts. None as for `charge`."""
    text = text.casefold().removesuffix("credits").rstrip() if isinstance(text, str) else text
    found = (_finite(one) for one in _figures(text))
    return min((max(0, math.floor(one)) for one in found if one is not None and one <= MOST), default=None)


def _figures(text: object) -> list[object]:
    """The figures of a header, to which each server on the way may add one; `1,122` is a single figure."""
    if not isinstance(text, str):
        return [text]
    parts = {part.strip() for part in text.split(",")}
    return [text] if len(parts) > 1 and _GROUPED.fullmatch(text.strip()) else [*parts]


def rate(text: object) -> float | None:
    """Requests in a unit of time, possibly a fraction. None for 0 or less, by which vendors mean no bound."""
    value = number(text)
    return value if value is not None and 0 < value <= MOST else None


def _finite(text: object) -> float | None:
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        return None
    if isinstance(text, str):
        text = text.replace("\N{MINUS SIGN}", "-")
        text = re.sub(r"[^-\d.]", "", text) if _GROUPED.fullmatch(text.strip()) else text
    try:
        value = float(text)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def flag(value: object) -> bool:
    """Whether a header or a JSON value says yes."""
    return value is True or (isinstance(value, str) and value.strip().lower() in ("true", "1", "yes"))


@lru_cache(maxsize=16)  # several answers arrive in one second, and each is read twice
def http_date(text: str | None) -> datetime | None:
    """Reads an HTTP date as UTC; None for any other text."""
    try:
        instant = parsedate_to_datetime(text or "")
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):  # in no calendar, or in another year than 1 to 9999 once it is UTC
        return None


def cache_age(text: str | None) -> timedelta:
    """How long a cache has kept the answer, by its Age header (RFC 9111, section 5.1); zero without a usable one.

    Of several figures the largest counts: each cache on the way may add one.
    """
    if text is None:
        return timedelta()
    return timedelta(seconds=max((age for age in _ages(text) if age is not None), default=0))


def has_odd_age(text: str | None) -> bool:
    """Whether an Age header, which only caches add, holds a figure that no answer can have."""
    return text is not None and None in _ages(text)


def _ages(text: str) -> list[int | None]:
    """The figures of an Age header in seconds; None for each that is no age."""
    found = [whole_number(part) for part in text.split(",") if part.strip()]
    return [one if one is not None and one <= _LONGEST_AGE_SECONDS else None for one in found]


def seconds_until(text: object, now: datetime) -> float | None:
    """Seconds from `now` until what a header names: a count of seconds, Unix time, ISO 8601 or an HTTP date.

    None when it is none of these; 0 when it has passed; at most `LONGEST_WAIT_SECONDS`.
    """
    seconds = LONGEST_WAIT_SECONDS if _is_endless(text) else _seconds_until(text, now)
    return None if seconds is None else min(seconds, LONGEST_WAIT_SECONDS)


def _is_endless(text: object) -> bool:
    """True for digits that no float holds, such as 1e400; a word such as `inf` is not a number."""
    if isinstance(text, float):
        return text == math.inf
    if not isinstance(text, str | int) or not any(sign.isdecimal() for sign in str(text)[:20]):
        return False
    try:
        return float(text) == math.inf
    except OverflowError:
        return int(text) > 0
    except ValueError:
        return False


def _seconds_until(text: object, now: datetime) -> float | None:
    value = number(text)
    if value is None:
        instant = _instant(text) if isinstance(text, str) else None
        return None if instant is None else max(0.0, (instant - now).total_seconds())
    if value < _UNIX_SECONDS_FROM:
        return value
    try:
        return max(0.0, (from_unix(value) - now).total_seconds())
    except ValueError:  # a number beyond every unit's bound: a wait without end
        return value


def retry_after(
    status: int, headers: Mapping[str, str], in_body: object, now: datetime
) -> tuple[float | None, str | None]:
    """How long the vendor asks to wait, and where it says so (behaviours 29 and 30); (None, None) when it does not.

    X-RateLimit-Reset counts for 429 only: other answers carry it too, where it says nothing about them.
    """
    given: list[tuple[str, object]] = [
        ("Retry-After", headers.get("retry-after")),
        ("retry_after of the body", in_body),
    ]
    if status == 429:
        given.append(("X-RateLimit-Reset", headers.get("x-ratelimit-reset")))
    for name, value in given:
        seconds = seconds_until(value, now)
        if seconds is not None:
            return seconds, name
    return None, None


def rate_limit_pause_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """How long to hold back the next request: until X-RateLimit-Reset when X-RateLimit-Remaining is 0, else 0.

    `headers` have lower-case names. `now` should be the vendor's clock where it is known.
    """
    if number(headers.get("x-ratelimit-remaining")) != 0:
        return 0.0
    return seconds_until(headers.get("x-ratelimit-reset"), now) or 0.0


def _instant(text: str) -> datetime | None:
    try:
        return parse_instant(text)
    except ValueError:
        return http_date(text)
