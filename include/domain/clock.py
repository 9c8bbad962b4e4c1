"""Instants: UTC, timezone-aware, one way to read and to write them."""

from __future__ import annotations

import os
import re
import time as time_module
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_FLOOR, Context, Decimal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CLOCK_TOLERANCE = timedelta(minutes=5)
"""Two clocks that differ by more cannot both be right. NTP keeps a machine within milliseconds, the Date header has a
resolution of 1 s, and Kerberos accepts the same 5 minutes."""
EARLIEST_CREDIBLE = datetime(2020, 1, 1, tzinfo=UTC)
"""A clock that shows an earlier time was never set, and the other one counts."""
STORABLE_UNTIL = EPOCH + timedelta(seconds=2**32)
"""The first instant that the warehouse's DateTime column cannot hold; EPOCH is the first that it can."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """The worker's clock and the vendor's at one moment; `vendor` is None where no answer has shown it.

    Where they differ by more than CLOCK_TOLERANCE, the earlier one counts. A clock that runs ahead would take open
    buckets for final, begin a billing cycle too soon, and date a value later than those learned after it.
    """

    worker: datetime
    vendor: datetime | None = None
    agreed: datetime | None = None
    """The latest moment at which the vendor and some worker of the ledger agreed: it has passed for certain."""

    @property
    def ahead(self) -> timedelta:
        """How far the worker's clock is ahead of the vendor's; zero while they agree or the vendor's is unknown."""
        if self.vendor is None:
            return timedelta()
        found = self.worker - self.vendor
        return found if abs(found) > CLOCK_TOLERANCE else timedelta()

    @property
    def differ(self) -> bool:
        return bool(self.ahead)

    @property
    def for_rows(self) -> datetime:
        """What decides which buckets are open or final: the vendor's clock, which dates them, or the earlier one."""
        if self.vendor is None:
            return self.worker
        return self._counting if self.differ else self.vendor

    @property
    def for_records(self) -> datetime:
        """When something was learned: by the worker's clock, which has milliseconds, or by the earlier one."""
        return self._counting if self.differ else self.worker

    @property
    def for_leases(self) -> datetime:
        """What workers of several machines compare: the vendor's clock where it is known, the same for all of them."""
        return self.vendor or self.worker

    @property
    def for_billing(self) -> datetime:
        """What decides the billing cycle: the earlier clock, and never before a moment that has passed.

        Here a difference within the tolerance counts, too: a worker that is a minute ahead would pay from a cycle that
        the vendor has not begun.
        """
        earlier = self.worker if self.vendor is None else self._counting
        return earlier if self.agreed is None else max(earlier, self.agreed)

    @property
    def disputed(self) -> datetime | None:
        """A later moment whose billing cycle may pay as well; None where `for_billing` is the only one.

        It is the vendor's clock where that is ahead. It is the worker's where that is ahead within the tolerance, since
        Date is rounded down to the second.
        """
        later = self.vendor if self.vendor is not None and self.differ else max(self.worker, self.vendor or self.worker)
        return later if later > self.for_billing else None

    @property
    def latest(self) -> datetime:
        """The later one: what is dated after it lies in the future for certain."""
        return max(self.worker, self.vendor or self.worker)

    @property
    def _counting(self) -> datetime:
        assert self.vendor is not None
        if self.worker < EARLIEST_CREDIBLE:
            return self.vendor
        return min(self.worker, self.vendor)


def credible(vendor_time: datetime | None) -> datetime | None:
    """The vendor's clock, unless it shows a time before there was anything to sell; beyond the last storable moment
    it is that moment, so that one in the year 9999 can still be compared with.
    """
    if vendor_time is None or vendor_time < EARLIEST_CREDIBLE:
        return None
    return min(vendor_time, STORABLE_UNTIL)


_SINCE_BOOT = getattr(time_module, "CLOCK_BOOTTIME", time_module.CLOCK_MONOTONIC)
_MONTH, _DAY, _WEEK = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])", "W(?:0[1-9]|[1-4][0-9]|5[0-3])"
_HOUR, _SIXTY, _FRACTION = "(?:[01][0-9]|2[0-4])", "[0-5][0-9]", "(?:[.,][0-9]+)?"
_DAY_OF_YEAR = "(?:00[1-9]|0[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-6])"
_DATE = (
    f"[0-9]{{4}}-{_MONTH}-{_DAY}|[0-9]{{4}}-{_DAY_OF_YEAR}|[0-9]{{4}}{_MONTH}{_DAY}"
    f"|[0-9]{{4}}-{_WEEK}(?:-[1-7])?|[0-9]{{4}}{_WEEK}[1-7]?"
)
_TIME = f"{_HOUR}(?::{_SIXTY}(?::{_SIXTY}{_FRACTION})?)?|{_HOUR}{_SIXTY}(?:{_SIXTY}{_FRACTION})?"
_ZONE = f"[Zz]|[Uu][Tt][Cc]|[Gg][Mm][Tt]|(?:\\+|-|\u2212)(?:[01][0-9]|2[0-3])(?::?{_SIXTY}){{0,2}}"
_UNIX = f"[1-9][0-9]{{9}}(?:[0-9]{{3}}){{0,3}}{_FRACTION}"
_INSTANT = re.compile(f"({_DATE})(?:(?:[Tt]| +)({_TIME})(?: *({_ZONE}))?)?|({_UNIX})")
"""What `parse_instant` reads; days that no month has match it."""
_USUAL = re.compile(f"[0-9]{{4}}-{_MONTH}-{_DAY}T(?:[01][0-9]|2[0-3]):{_SIXTY}:{_SIXTY}Z")
"""The vendor's own spelling and ours, which the standard library reads ten times as fast."""
_EXACT = Context(prec=60)
_UNIX_UNITS = (
    (10**11, Decimal(1_000_000)),
    (10**14, Decimal(1000)),
    (10**17, Decimal(1)),
    (10**20, Decimal("0.001")),
)
"""Numbers below the bound, and the microseconds in one unit."""


def utc_now() -> datetime:
    """The worker's clock, UTC, whole milliseconds (the precision every store here keeps)."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def uptime() -> timedelta:
    """How long the machine has been up, suspended time included; setting the clock does not change it."""
    return timedelta(seconds=time_module.clock_gettime(_SINCE_BOOT))


def booted_at() -> datetime:
    """When the machine started, by its clock now: this changes when the clock is set, or the machine starts again."""
    return utc_now() - uptime()


def use_utc() -> None:
    """Makes UTC the zone of this process and of those that it starts, whatever TZ says.

    The engine of the embedded warehouse ends the process in a zone that it does not know.
    """
    if os.environ.get("TZ") != "UTC":
        os.environ["TZ"] = "UTC"
        time_module.tzset()


def parse_instant(text: str) -> datetime:
    """Reads a text as an instant, UTC; the one rule for rows, headers, account pages, options and parameters.

    A date is ISO 8601 (2026-03-07, 20260307, 2026-W10-6, 2026-066), and means its midnight. A time follows after T, t
    or blanks, with colons or without, to the hour, minute or second, with a fraction after a point or a comma; 24:00
    is the next midnight. A zone is Z, z, UTC, GMT or an offset (+01:00, +0100, +01); without one it is UTC. Unix time
    is 10, 13, 16 or 19 digits for seconds, milliseconds, microseconds or nanoseconds: the years 2001 to 2286. Blanks
    around are ignored. Leap seconds (:60) are refused, because no instant here can hold them.
    What is finer than a microsecond is not kept, but never makes an instant a whole second.
    Raises ValueError naming the text and the expected form.
    """
    if _USUAL.fullmatch(text):
        with suppress(ValueError):  # no day of the calendar: refused below, with a sentence
            return datetime.fromisoformat(text)
    found = _INSTANT.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        date_text, time_text, zone, unix = found.groups()
        return _from_unix_text(unix) if unix else _from_calendar(date_text, time_text or "", zone or "Z")
    except OverflowError:
        raise ValueError(f"{text!r} lies beyond the years 1 to 9999 in UTC") from None
    except ValueError:
        raise ValueError(
            f"{text!r} is not an ISO 8601 time; write for example 2026-03-07 or 2026-03-07T04:00:00Z"
        ) from None


def from_unix(number: float | Decimal) -> datetime:
    """Reads a number as Unix time, UTC; its size says in which unit it counts.

    Below 1e11 it counts seconds, below 1e14 milliseconds, below 1e17 microseconds, below 1e20 nanoseconds: each unit
    reaches to the year 5138. Raises ValueError beyond, and OverflowError before the year 1.
    """
    exact = number if isinstance(number, Decimal | int) else Decimal(repr(number))
    for bound, microseconds in _UNIX_UNITS:
        if abs(exact) < bound:
            return EPOCH + timedelta(microseconds=_whole(_EXACT.multiply(Decimal(exact), microseconds)))
    raise ValueError(f"{number!r:.60} is no Unix time")


def read_instant(value: object) -> datetime:
    """Reads an instant from a JSON value: a text as `parse_instant` does, a number as Unix time.

    Raises ValueError for any other value, true and false included.
    """
    if isinstance(value, str):
        return parse_instant(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r:.60} is neither a text nor a number")
    try:
        return from_unix(value)
    except (ArithmeticError, OverflowError):
        raise ValueError(f"{value!r:.60} lies beyond the years 1 to 9999 in UTC") from None


def _from_unix_text(text: str) -> datetime:
    whole, _, fraction = text.replace(",", ".").partition(".")
    return from_unix(Decimal(f"{whole}.{_shortened(fraction)}"))


def _from_calendar(date_text: str, time_text: str, zone: str) -> datetime:
    whole, _, fraction = time_text.replace(",", ".").replace(":", "").partition(".")
    hours, minutes, seconds = (int(whole[at : at + 2] or 0) for at in (0, 2, 4))
    if hours == 24 and (minutes or seconds or fraction.strip("0")):
        raise ValueError
    since_midnight = timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=_fraction(fraction))
    midnight = datetime.combine(_date(date_text), time(), UTC)
    return midnight + (since_midnight - _offset(zone))


def _date(text: str) -> date:
    year, _, day_of_year = text.partition("-")
    if not (len(day_of_year) == 3 and day_of_year.isdecimal()):
        return date.fromisoformat(text)
    found = date(int(year), 1, 1) + timedelta(days=int(day_of_year) - 1)
    if found.year != int(year):
        raise ValueError
    return found


def _fraction(digits: str) -> int:
    """The microseconds of a fraction of a second, odd where a part is left out as in `_whole`."""
    return int(digits[:6].ljust(6, "0")) | bool(digits[6:].strip("0"))


def _shortened(digits: str) -> str:
    """The digits of a fraction, at most 21 of them: one more than zero stands for all that were left out."""
    return digits[:20] + ("1" if digits[20:].strip("0") else "0")


def _offset(zone: str) -> timedelta:
    digits = zone[1:].replace(":", "")
    if not digits.isdigit():
        return timedelta(0)
    hours, minutes, seconds = (int(digits[at : at + 2] or 0) for at in (0, 2, 4))
    size = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return size if zone[0] == "+" else -size


def _whole(microseconds: Decimal) -> int:
    """Whole microseconds; an odd one where a part was left out, so that no remainder falls on a bucket's start."""
    whole = microseconds.to_integral_value(ROUND_FLOOR)
    return int(whole) | (whole != microseconds)


def iso(instant: datetime) -> str:
    """Writes an aware instant the vendor's way: `2026-03-07T00:00:00Z`, fractions only where there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day_of(moment: datetime) -> str:
    """The day (UTC) that pays for a request: `2026-03-07`; a billing cycle is a range of them."""
    return moment.isoformat()[:10]
