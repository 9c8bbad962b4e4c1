"""Which range of time a person may request."""

from __future__ import annotations

from datetime import datetime

from include.domain.clock import EPOCH, STORABLE_UNTIL, iso


def not_storable(start: datetime, end: datetime) -> str | None:
    """Why the warehouse could not hold a row somewhere in `[start, end)`; None where it could everywhere."""
    if start >= EPOCH and end <= STORABLE_UNTIL:
        return None
    which, moment = ("the start", start) if start < EPOCH else ("the end", end)
    return (
        f"{which} of the range, {iso(moment)}, lies outside {iso(EPOCH)} to {iso(STORABLE_UNTIL)}, the times that the "
        "warehouse's timestamp column holds; give a range inside"
    )


def in_future(start: datetime, now: datetime) -> str | None:
    """Why there is nothing to read in a range that begins at `start`; None where there may be."""
    if start < now:
        return None
    return (
        f"the range begins at {iso(start)}, which lies in the future: it is {iso(now.replace(microsecond=0))} by this "
        "machine's clock. Give an earlier start; if the clock is wrong, set it by NTP (`timedatectl`)"
    )
