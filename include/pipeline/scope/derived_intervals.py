"""Coarse intervals that are derived from 5m snapshots: what the comparisons in the ledger prove."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from include.domain.market import Series
from include.domain.text import named
from include.domain.time_range import TimeRange, subtract
from include.ledger.work.comparisons import comparisons_of
from include.pipeline.scope.scope import Scope
from include.planning.derived_intervals import (
    ComparedDay,
    Derived,
    derived,
    derived_at,
    sample,
    unsettled,
    with_snapshots,
)
from include.planning.windows.coverage import Coverage, Freshness
from include.settings import Settings


def derived_of(connection: Connection, settings: Settings, series: Iterable[Series]) -> dict[Series, Derived]:
    """What is derived of the coarse series whose 5m series is given, too; nothing while `series.derive` is off."""
    if not settings.series.derive:
        return {}
    compared = comparisons_of(connection)
    return {one: _derived(settings, compared.get(one, ())) for one in with_snapshots(series)}


def stretches_of(found: Mapping[Series, Derived]) -> dict[Series, Sequence[TimeRange]]:
    """The derived time of each series."""
    return {series: one.stretches for series, one in found.items()}


def unbought(
    found: Mapping[Series, Derived],
    scope: Scope,
    coverage: Coverage,
    freshness: Freshness,
    sample_buckets: int,
) -> dict[Series, Sequence[TimeRange]]:
    """The derived time that is not bought.

    Still bought are `sample_buckets` at the end of the scope, and rows that could change after they were bought.
    """

    def still_bought(series: Series) -> list[TimeRange]:
        sampled = [sample(series.interval, scope.end, freshness, sample_buckets)] if sample_buckets else []
        return [*sampled, *unsettled(coverage.get(series, ()), series.interval, freshness)]

    return {series: subtract(one.stretches, still_bought(series)) for series, one in found.items()}


def derived_notes(found: Mapping[Series, Derived], moment: datetime) -> list[str]:
    """Which series are derived at `moment`, and which are bought until they are proven equal to 5m."""
    proven = derived_at(stretches_of(found), moment)
    kinds = (
        ("derived from 5m, not bought but for a daily sample", sorted(proven)),
        ("bought, as not yet proven to equal 5m", sorted(set(found) - proven)),
    )
    return [f"{what}: {len(some):,} series ({named([one.label for one in some])})" for what, some in kinds if some]


def all_derived(connection: Connection, settings: Settings) -> dict[Series, Derived]:
    """Every series that was ever compared, with what is derived of it: nothing while `series.derive` is off."""
    found = comparisons_of(connection)
    return {series: _derived(settings, days) if settings.series.derive else Derived() for series, days in found.items()}


def _derived(settings: Settings, days: Iterable[ComparedDay]) -> Derived:
    return derived(days, settings.series.derive_proof_buckets, settings.series.derive_proof_days)
