"""Proofs that ended: a coarse interval that was derived from 5m snapshots differs from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from include.alarms.alarm import Alarm, Severity
from include.domain.clock import iso
from include.domain.market import Series
from include.planning.derived_intervals import ComparedDay, Derived


def deriving(found: Mapping[Series, Derived], since: datetime) -> list[Alarm]:
    """Series that were derived until a bucket of a day after `since` differed, while no newer proof stands."""
    return [
        _ended(series, one, one.ended_by)
        for series, one in sorted(found.items(), key=lambda item: item[0])
        if one.ended_by is not None and one.ended_by.start > since
    ]


def _ended(series: Series, one: Derived, ended_by: ComparedDay) -> Alarm:
    start = iso(one.stretches[-1].end) if one.stretches else "its first row"
    return Alarm(
        "derived",
        Severity.ERROR,
        series.label,
        f"{ended_by.difference}; they were equal before, so it was not bought. From {start} on it is bought "
        "again instead of derived, as far back as plan.lookback_days reaches (./oi load buys older time). Ask the "
        "vendor which value is right; it is bought until buckets are proven equal again",
    )
