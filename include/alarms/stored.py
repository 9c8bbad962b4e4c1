"""Rows that coverage claims and the warehouse lacks: they are landed, so a replay restores them for free.

`./oi check` finds them by the view lost_rows. That compares the warehouse with its own copy of the coverage, and finds
nothing where both were lost; so the alarm compares it with the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from include.alarms.alarm import Alarm, Severity
from include.domain.clock import iso
from include.domain.market import Series
from include.domain.text import counted, named
from include.domain.time_range import TimeRange, buckets, subtract
from include.planning.windows.coverage import Coverage


def stored(coverage: Coverage, kept: Mapping[Series, Sequence[TimeRange]]) -> list[Alarm]:
    """One alarm for all series with points that coverage says arrived and that are not kept.

    `kept` are the stretches of points in the warehouse, in quarantine or not; read them after `coverage`, so that rows
    that are being loaded do not count as missing.
    """
    lost = {series: _lost(coverage, series, kept.get(series, ())) for series in sorted(coverage)}
    lost = {series: stretches for series, stretches in lost.items() if stretches}
    if not lost:
        return []
    points = sum(buckets(stretches, series.interval) for series, stretches in lost.items())
    first = min(stretches[0].start for stretches in lost.values())
    last = max(stretches[-1].end for stretches in lost.values())
    return [
        Alarm(
            "stored",
            Severity.ERROR,
            named([series.label for series in lost]),
            f"{counted(points, 'point')} between {iso(first)} and {iso(last)}, received and settled, not in the "
            "warehouse: it is not the one that was loaded, or rows were deleted there. Their pages are landed: "
            "./oi replay restores them with no request made",
        )
    ]


def _lost(coverage: Coverage, series: Series, kept: Sequence[TimeRange]) -> list[TimeRange]:
    return subtract((entry.stretch for entry in coverage[series] if entry.found == "rows"), kept)
