"""Coverage as the checks read it, in few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange
from include.kwery.answers.doubts import Doubt
from include.planning.windows.coverage import Covered, Found

NOW = datetime(2026, 3, 10, 12, 20, tzinfo=UTC)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BTC_5M = Series("BTC", "kalshi", Interval.M5)
ETH_5M = Series("ETH", "kalshi", Interval.M5)
BTC_1H = Series("BTC", "kalshi", Interval.H1)
BTC_1D = Series("BTC", "kalshi", Interval.D1)


def read(
    start: datetime,
    end: datetime,
    found: Found = "rows",
    asked_at: datetime | None = None,
    empty_reads: int | None = None,
) -> Covered:
    """A stretch read five minutes after its end, as the hourly DAG does, unless `asked_at` says otherwise."""
    reads = empty_reads if empty_reads is not None else int(found == "empty")
    doubts = (Doubt.POSSIBLY_CLIPPED,) if found == "empty" and reads == 0 else ()
    return Covered(TimeRange(start, end), asked_at or end + timedelta(minutes=5), found, reads, doubts)
