"""Which series are kept current: a range that was loaded once raises no alarm as it ages."""

from __future__ import annotations

from collections.abc import Iterable

from include.domain.clock import HOUR
from include.domain.market import Interval, Series
from include.planning.schedule import every
from include.planning.windows.coverage import Coverage, Covered


def tracked_series(series: Iterable[Series], coverage: Coverage) -> list[Series]:
    """The series that were read up to date at least once: within an hour of the request, 4h and 1d within a day."""
    return [
        one for one in series if any(is_up_to_date(entry, one.interval) for entry in reversed(coverage.get(one, ())))
    ]


def is_up_to_date(entry: Covered, interval: Interval) -> bool:
    """True when the stretch ended at most an hour before it was requested, a day for 4h and 1d."""
    return entry.observed_at - entry.stretch.end <= every(interval, HOUR)
