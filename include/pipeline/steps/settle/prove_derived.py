"""Proves that coarse intervals can be derived: compares their stored buckets with those that 5m rows give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from include.domain.clock import DAY
from include.domain.market import Interval, Series
from include.ledger.database.engine import open_ledger
from include.ledger.work.comparisons import note_comparisons
from include.ledger.work.coverage import coverage_of
from include.pipeline.scope.derived_intervals import all_derived
from include.pipeline.scope.policies import freshness_of
from include.planning.derived_intervals import ComparedDay
from include.planning.windows.coverage import Covered
from include.settings import Settings
from include.warehouse.connect import ClientFactory, open_warehouse

if TYPE_CHECKING:
    from include.warehouse.keeper import WarehouseKeeper


def prove_derived(
    settings: Settings, client_factory: ClientFactory | None = None, keeper: WarehouseKeeper | None = None
) -> bool:
    """Compares recent buckets and notes each day in the ledger; True when this changed what is derived.

    Nothing is done while `series.derive` is off. The comparison reads the marts' copy of the ledger's coverage, so
    `sync_marts` has to come first.
    """
    if not settings.series.derive:
        return False
    with open_ledger(settings.ledger_url) as ledger:
        with ledger.read() as connection:
            known, before = coverage_of(connection), all_derived(connection, settings)
        entries = [entry for one in known.values() for entry in one]
        if not entries:
            return False
        days = _compared(settings, entries, client_factory, keeper)
        with ledger.write() as connection:
            note_comparisons(connection, days)
            return all_derived(connection, settings) != before


def _compared(
    settings: Settings,
    entries: Iterable[Covered],
    client_factory: ClientFactory | None,
    keeper: WarehouseKeeper | None,
) -> Mapping[Series, Sequence[ComparedDay]]:
    freshness, now = freshness_of(settings), max(entry.observed_at for entry in entries)
    since = {interval: _compared_from(settings, interval, now) for interval in Interval}
    since[Interval.M5] = min(since.values())
    open_steps = {interval: 1 + freshness.provisional(interval) for interval in Interval}
    with keeper.lent() if keeper else open_warehouse(settings, client_factory) as warehouse:
        return warehouse.compare_with_snapshots(since, open_steps)


def _compared_from(settings: Settings, interval: Interval, now: datetime) -> datetime:
    """Where the comparison begins: far enough back to prove a series that was bought recently; whole days."""
    proof, days = settings.series.derive_proof_buckets, settings.series.derive_proof_days
    return Interval.D1.floor(now - proof * interval.step) - (1 + days) * DAY
