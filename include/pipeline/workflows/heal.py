"""Heal: holes of a range are bought back, newest first; on request also what was found empty before."""

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
from include.pipeline.steps.load.load import load
from include.pipeline.steps.report.summary import RunReport
from include.pipeline.steps.settle.damaged_pages import give_up_damaged
from include.pipeline.steps.settle.settle import settle
from include.pipeline.steps.validate.validate import validate
from include.pipeline.workflows.load_all import load_all
from include.planning.windows.coverage import reopened
from include.settings import Settings


def heal(
    settings: Settings,
    run: RunSpec,
    scope: Scope,
    *,
    recheck: bool = False,
    damaged: bool = False,
    lost_for_good: bool = False,
    progress: OnProgress | None = None,
) -> RunReport:
    """Loads the holes of a scope within `budget.heal_credits`.

    `recheck` first forgets which stretches were empty. `damaged` first gives up landed pages that cannot be read, of
    whatever range, and loads what is left beside them: their time is a hole then. It does so even where no page at all
    is at its place if that is known to be `lost_for_good`.
    """
    given_up = give_up_damaged(settings, lost_for_good=lost_for_good) if damaged else []
    if given_up:
        batch_ids = validate(settings, run)
        load(settings, batch_ids)
        settle(settings, batch_ids)
    if recheck:
        forget_emptiness(settings, scope)
    report = load_all(settings, run, replace(scope, heal_before=scope.end + _tail(settings)), progress)
    return replace(report, notes=[*given_up, *report.notes])


def _tail(settings: Settings) -> timedelta:
    """Longer than what a plan takes for fresh before `heal_before`: here all of the range is healed."""
    freshness = freshness_of(settings)
    return max((freshness.provisional(interval) + 2) * interval.step for interval in Interval)


def forget_emptiness(settings: Settings, scope: Scope) -> None:
    """Makes every stretch of the scope that answered empty, once or twice, due again."""
    whole = TimeRange(scope.start, scope.end)
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        known = coverage_of(connection, resolve_symbols(connection, settings, scope).series)
        replace_coverage(connection, {series: reopened(entries, whole) for series, entries in known.items()})
