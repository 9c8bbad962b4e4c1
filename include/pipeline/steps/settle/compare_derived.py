"""Compares stored buckets with those that 5m rows give."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from include.domain.clock import DAY
from include.domain.market import Interval
from include.ledger.work.comparisons import note_comparisons
from include.planning.windows.coverage import Coverage, Freshness
from include.settings import Settings

if TYPE_CHECKING:
    from include.ledger.database.engine import Ledger
    from include.warehouse.warehouse import Warehouse


def compare_with_snapshots(
    settings: Settings,
    ledger: Ledger,
    warehouse: Warehouse,
    coverage: Coverage,
    freshness: Freshness,
) -> None:
    """Compares what was lately stored and notes the days in the ledger; the warehouse must have been told coverage."""
    entries = [entry for known in coverage.values() for entry in known]
    if not settings.series.derive or not entries:
        return
    now = max(entry.observed_at for entry in entries)
    since = {interval: _compared_from(settings, interval, now) for interval in Interval}
    since[Interval.M5] = min(since.values())
    open_steps = {interval: 1 + freshness.provisional(interval) for interval in Interval}
    days = warehouse.compare_with_snapshots(since, open_steps)
    with ledger.write() as connection:
        note_comparisons(connection, days)


def _compared_from(settings: Settings, interval: Interval, now: datetime) -> datetime:
    """So far back that a series which was bought lately is proven by one comparison; whole days."""
    proof, days = settings.series.derive_proof_buckets, settings.series.derive_proof_days
    return Interval.D1.floor(now - proof * interval.step) - (1 + days) * DAY
