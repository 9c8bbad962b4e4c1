"""Deriving coarse intervals from 5m snapshots: what the ledger's comparisons prove, and how they come about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from include.alarms.alarm import named
from include.clock import DAY
from include.kwery.contract import Interval, Series
from include.ledger.comparisons import comparisons_of, note_comparisons
from include.pipeline.scope import Scope
from include.planning.coverage import Covered, Freshness
from include.planning.deriving import Compared, Derived, derived, derived_at, sample, unsettled, with_snapshots
from include.planning.stretches import Stretch, subtract
from include.settings import Settings

if TYPE_CHECKING:
    from include.ledger.engine import Ledger
    from include.warehouse.warehouse import Warehouse

Coverage = Mapping[Series, Sequence[Covered]]


def derived_of(connection: Connection, settings: Settings, series: Iterable[Series]) -> dict[Series, Derived]:
    """What is proven of these coarse series, whose 5m is among them; nothing while `series.derive` is off."""
    if not settings.series.derive:
        return {}
    compared = comparisons_of(connection)
    return {one: _derived(settings, compared.get(one, ())) for one in with_snapshots(series)}


def stretches_of(found: Mapping[Series, Derived]) -> dict[Series, Sequence[Stretch]]:
    """The stretches alone."""
    return {series: one.stretches for series, one in found.items()}


def unbought(
    found: Mapping[Series, Derived],
    scope: Scope,
    coverage: Coverage,
    freshness: Freshness,
    sample_buckets: int,
) -> dict[Series, Sequence[Stretch]]:
    """What of a scope is not bought: all that is derived, but for a sample (none where `sample_buckets` is 0)."""

    def still_bought(series: Series) -> list[Stretch]:
        sampled = [sample(series.interval, scope.end, freshness, sample_buckets)] if sample_buckets else []
        return [*sampled, *unsettled(coverage.get(series, ()), series.interval, freshness)]

    return {series: subtract(one.stretches, still_bought(series)) for series, one in found.items()}


def derived_notes(found: Mapping[Series, Derived], moment: datetime) -> list[str]:
    """Which series are derived at a moment, and which are not although they were compared."""
    proven = derived_at(stretches_of(found), moment)
    told = (
        ("derived from 5m, not bought but for a daily sample", sorted(proven)),
        ("bought, as not yet proven to equal 5m", sorted(set(found) - proven)),
    )
    return [f"{what}: {len(some):,} series ({named([one.label for one in some])})" for what, some in told if some]


def compare(
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
    days: dict[Series, list[Compared]] = defaultdict(list)
    for one in warehouse.compare_with_snapshots(since, open_steps):
        series = Series(one.symbol, one.source, Interval(one.interval))
        days[series].append(Compared(one.day, one.sampled, one.equal, one.difference))
    with ledger.write() as connection:
        note_comparisons(connection, days)


def all_derived(connection: Connection, settings: Settings) -> dict[Series, Derived]:
    """What is derived of every series ever compared: nothing of any while `series.derive` is off."""
    found = comparisons_of(connection)
    return {series: _derived(settings, days) if settings.series.derive else Derived() for series, days in found.items()}


def _derived(settings: Settings, days: Iterable[Compared]) -> Derived:
    return derived(days, settings.series.derive_proof_buckets, settings.series.derive_proof_days)


def _compared_from(settings: Settings, interval: Interval, now: datetime) -> datetime:
    """So far back that a series which was bought lately is proven by one comparison; whole days."""
    proof, days = settings.series.derive_proof_buckets, settings.series.derive_proof_days
    return Interval.D1.floor(now - proof * interval.step) - (1 + days) * DAY
