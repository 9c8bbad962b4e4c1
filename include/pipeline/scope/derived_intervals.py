"""Deriving coarse intervals from 5m snapshots: what the ledger's comparisons prove, and how they come about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    pass


def derived_of(connection: Connection, settings: Settings, series: Iterable[Series]) -> dict[Series, Derived]:
    """What is proven of these coarse series, whose 5m is among them; nothing while `series.derive` is off."""
    if not settings.series.derive:
        return {}
    compared = comparisons_of(connection)
    return {one: _derived(settings, compared.get(one, ())) for one in with_snapshots(series)}


def stretches_of(found: Mapping[Series, Derived]) -> dict[Series, Sequence[TimeRange]]:
    """The stretches alone."""
    return {series: one.stretches for series, one in found.items()}


def unbought(
    found: Mapping[Series, Derived],
    scope: Scope,
    coverage: Coverage,
    freshness: Freshness,
    sample_buckets: int,
) -> dict[Series, Sequence[TimeRange]]:
    """What of a scope is not bought: all that is derived, but for a sample (none where `sample_buckets` is 0)."""

    def still_bought(series: Series) -> list[TimeRange]:
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


def all_derived(connection: Connection, settings: Settings) -> dict[Series, Derived]:
    """What is derived of every series ever compared: nothing of any while `series.derive` is off."""
    found = comparisons_of(connection)
    return {series: _derived(settings, days) if settings.series.derive else Derived() for series, days in found.items()}


def _derived(settings: Settings, days: Iterable[ComparedDay]) -> Derived:
    return derived(days, settings.series.derive_proof_buckets, settings.series.derive_proof_days)
