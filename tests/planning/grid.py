"""Small times and strategies: everything happens within a few buckets of one midnight, so that cases collide."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from include.domain.market import Interval
from include.domain.time_range import TimeRange
from include.planning.windows.coverage import Freshness
from include.planning.windows.windows import Packing
from include.settings.prices import Prices

MIDNIGHT = datetime(2026, 3, 7, tzinfo=UTC)
PRICES = Prices()
FRESHNESS = Freshness(provisional_buckets=1, recheck_gap=timedelta(hours=24))


def at(bucket: float, interval: Interval = Interval.M5) -> datetime:
    """The grid point `bucket` steps after midnight."""
    return MIDNIGHT + bucket * interval.step


def span(first: float, end: float, interval: Interval = Interval.M5) -> TimeRange:
    """The stretch over the buckets `[first, end)` after midnight."""
    return TimeRange(at(first, interval), at(end, interval))


def points(stretches: Iterable[TimeRange], interval: Interval = Interval.M5) -> list[int]:
    """Every bucket number in the stretches, with repetition where they overlap."""
    return sorted(
        (interval.ceil(stretch.start) - MIDNIGHT) // interval.step + offset
        for stretch in stretches
        for offset in range(interval.points(stretch.start, stretch.end))
    )


def packing(limit: int = 1000, window_pages: int = 20) -> Packing:
    return Packing(limit, window_pages, PRICES)


def spans(buckets: int) -> st.SearchStrategy[TimeRange]:
    """Stretches within the first `buckets` buckets, on the grid."""
    pairs = st.tuples(st.integers(0, buckets - 1), st.integers(1, buckets))
    return pairs.filter(lambda pair: pair[0] < pair[1]).map(lambda pair: span(*pair))
