"""Which series are kept current: a range that was loaded once, on purpose, is no reason for an alarm when it ages."""

from __future__ import annotations

from collections.abc import Iterable

from include.domain.clock import HOUR
from include.domain.market import Interval, Series
from include.planning.schedule import every
from include.planning.windows.coverage import Coverage, Covered


def tracked_series(series: Iterable[Series], coverage: Coverage) -> list[Series]:
    """The series of which something was once read up to date: to within an hour of the asking, 4h and 1d a day."""
    return [one for one in series if any(is_up_to_date(entry, one.interval) for entry in coverage.get(one, ()))]


def is_up_to_date(entry: Covered, interval: Interval) -> bool:
    """True when the end of a stretch was read within an hour of it, of 4h and 1d within a day."""
    return entry.observed_at - entry.stretch.end <= every(interval, HOUR)
