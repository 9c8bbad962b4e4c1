"""Clocks of workers that differ from the vendor's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from include.alarms.alarm import Alarm, Severity
from include.domain.clock import CLOCK_TOLERANCE, DAY, HOUR, Clocks, iso
from include.domain.text import counted


def wrong_clocks(seen: Iterable[tuple[str, Clocks]]) -> list[Alarm]:
    """An error for each place whose clock and the vendor's differ by more than CLOCK_TOLERANCE."""
    return [
        Alarm("clocks", Severity.ERROR, place.split(":")[0], sentence)
        for place, clocks in seen
        for sentence in clock_notes(clocks)
    ]


def clock_notes(clocks: Clocks) -> list[str]:
    """A sentence with both times and the next step where the clocks differ; empty where they agree."""
    if not clocks.differ or clocks.vendor is None:
        return []
    which = "ahead of" if clocks.ahead > timedelta() else "behind"
    return [
        f"this worker's clock is {_length(abs(clocks.ahead))} {which} the vendor's: {_minute(clocks.worker)} here, "
        f"{_minute(clocks.vendor)} by the Date header. The earlier one counts for the billing cycle, for known_at and "
        f"for which buckets are final, until they agree within {CLOCK_TOLERANCE // timedelta(minutes=1)} minutes. "
        "Compare both with a trusted clock: set this machine's clock by NTP (`timedatectl`), or report the header to "
        "the vendor or to the operator of the proxy"
    ]


def _minute(moment: datetime) -> str:
    return iso(moment.replace(second=0, microsecond=0))


def _length(span: timedelta) -> str:
    for unit, name in ((DAY, "day"), (HOUR, "hour")):
        if span >= unit:
            return counted(round(span / unit), name)
    return counted(round(span / timedelta(minutes=1)), "minute")
