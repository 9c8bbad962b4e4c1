"""Rows that coverage claims and the warehouse lacks: they are landed, so getting them back costs nothing."""

from __future__ import annotations

from collections.abc import Mapping

from include.alarms.alarm import Alarm, Severity, named
from include.alarms.followed import Coverage
from include.kwery.contract import Series
from include.planning.stretches import buckets


def stored(coverage: Coverage, kept: Mapping[Series, int]) -> list[Alarm]:
    """Series of which fewer points are kept than coverage says arrived, all told as one.

    `kept` are a series' timestamps in the warehouse, in quarantine or not; read them after `coverage`, so that rows
    that are just being loaded are not missed.
    """
    lacking = {series: _arrived(coverage, series) - kept.get(series, 0) for series in sorted(coverage)}
    lacking = {series: points for series, points in lacking.items() if points > 0}
    if not lacking:
        return []
    return [
        Alarm(
            "stored",
            Severity.ERROR,
            named([series.label for series in lacking]),
            f"{sum(lacking.values()):,} points that arrived and were settled are not in the warehouse: it is not the "
            "one that was loaded, or rows were deleted there. Their pages are landed, so ./oi replay brings them back "
            "with no request made",
        )
    ]


def _arrived(coverage: Coverage, series: Series) -> int:
    return buckets((entry.stretch for entry in coverage[series] if entry.found == "rows"), series.interval)
