"""Coarse intervals beside the 5m snapshots: the comparison that proves them equal, and what is derived by it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from include.domain.market import Interval, Series
from include.planning.derived_intervals import ComparedDay
from include.warehouse import days
from include.warehouse.session import Session

if TYPE_CHECKING:
    import pyarrow as pa


def compare_with_snapshots(
    session: Session, since: Mapping[Interval, datetime], open_steps: Mapping[Interval, int]
) -> dict[Series, list[ComparedDay]]:
    """Compares the final coarse buckets from `since` of their interval with the 5m rows at the same times, by day.

    A bucket is final `open_steps` intervals after it began; `ledger_coverage` says which were read after that.
    """
    parameters = {
        "earliest": min(since.values()),
        "intervals": [interval.value for interval in since],
        "since": [int(moment.timestamp()) for moment in since.values()],
        "open_steps": [open_steps[interval] for interval in since],
    }
    days: dict[Series, list[ComparedDay]] = defaultdict(list)
    for symbol, source, interval, *compared in session.rows("read/compared.sql", parameters):
        days[Series(symbol, source, Interval(interval))].append(ComparedDay(*compared))
    return days


def store(session: Session, derived: pa.Table) -> None:
    """Stores over which time each series is derived, with the columns of ledger_derived; the newest copy stands."""
    if not derived.num_rows:
        return
    before = days.derived_stretches(session)
    session.insert("ledger_derived", derived)
    days.store_days_of_derived(session, before, days.derived_stretches(session))
