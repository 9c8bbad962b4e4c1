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
    for symbol, source, interval, *compared in session.rows("open_interest/read/compared.sql", parameters):
        days[Series(symbol, source, Interval(interval))].append(ComparedDay(*compared))
    return days


def store(session: Session, derived: pa.Table) -> None:
    """Stores over which time each series is derived, and the days on which that changes; the newest copy stands.

    `derived` has the columns of ledger_derived but for those of the days. Its rows are stored with the stretches that
    the stored days were computed with, and once more when new days are stored: after a crash the next copy does that.
    """
    if not derived.num_rows:
        return
    before = days.derived_stretches(session)
    session.insert("ledger_derived", _with_days(derived, before.of_days))
    after = days.derived_stretches(session)
    if after.stored != before.stored or after.stored != after.of_days:
        days.store_days_of_derived(session, before.of_days, after.stored)
        if before.stored != before.of_days:
            days.store_days_of_derived(session, before.stored, after.stored)
        session.insert("ledger_derived", _with_days(derived, after.stored))


def _with_days(derived: pa.Table, stretches: days.RangesBySeries) -> pa.Table:
    """The rows with the stretches that their days are computed with; none of a series that is not named."""
    import pyarrow as pa

    keys = zip(*(derived[name].to_pylist() for name in ("source", "interval", "symbol")), strict=True)
    of_days = [stretches.get(key, []) for key in keys]
    for name, edges in (
        ("days_from", [[one.start for one in those] for those in of_days]),
        ("days_until", [[one.end for one in those] for those in of_days]),
    ):
        derived = derived.append_column(name, pa.array(edges, pa.list_(pa.timestamp("s", "UTC"))))
    return derived
