"""Heal: gaps of a range are bought, newest first; on request also what was found empty before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from include.domain.market import Interval
from include.domain.time_range import TimeRange
from include.ledger.database.engine import open_ledger
from include.ledger.work.coverage import coverage_of, replace_coverage
from include.pipeline.progress import OnProgress
from include.pipeline.scope.policies import freshness_of
from include.pipeline.scope.resolve_symbols import resolve_symbols
from include.pipeline.scope.scope import RunSpec, Scope
from include.pipeline.steps.report.summary import RunReport
from include.pipeline.workflows.load_all import load_all
from include.planning.windows.coverage import reopened
from include.settings import Settings


def heal(
    settings: Settings, run: RunSpec, scope: Scope, *, recheck: bool = False, progress: OnProgress | None = None
) -> RunReport:
    """Loads the gaps of a scope within `budget.heal_credits`; `recheck` first forgets which time was empty."""
    if recheck:
        forget_emptiness(settings, scope)
    return load_all(settings, run, replace(scope, heal_before=scope.end + _tail(settings)), progress)


def _tail(settings: Settings) -> timedelta:
    """Longer than the fresh time before `heal_before`, which a plan does not heal: here the whole range is healed."""
    freshness = freshness_of(settings)
    return max((freshness.provisional(interval) + 2) * interval.step for interval in Interval)


def forget_emptiness(settings: Settings, scope: Scope) -> None:
    """Makes all time of the scope due again that was empty once or twice."""
    whole = TimeRange(scope.start, scope.end)
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        known = coverage_of(connection, resolve_symbols(connection, settings, scope).series)
        replace_coverage(connection, {series: reopened(entries, whole) for series, entries in known.items()})
