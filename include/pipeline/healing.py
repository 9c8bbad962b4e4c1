"""Heal: holes of a range are bought back, newest first; on request also what was found empty before."""

from __future__ import annotations

from dataclasses import replace

from include.ledger.coverage import coverage_of, replace_coverage
from include.ledger.engine import open_ledger
from include.pipeline.overlapped import load_all
from include.pipeline.results import OnProgress, RunReport
from include.pipeline.scope import RunSpec, Scope
from include.pipeline.universe import resolved
from include.planning.coverage import reopened
from include.planning.stretches import Stretch
from include.settings import Settings


def heal(
    settings: Settings, run: RunSpec, scope: Scope, *, recheck: bool = False, progress: OnProgress | None = None
) -> RunReport:
    """Loads the holes of a scope within `budget.heal_credits`; `recheck` first forgets which stretches were empty."""
    if recheck:
        forget_emptiness(settings, scope)
    return load_all(settings, run, replace(scope, heal_before=scope.end), progress)


def forget_emptiness(settings: Settings, scope: Scope) -> None:
    """Makes every stretch of the scope that answered empty, once or twice, due again."""
    whole = Stretch(scope.start, scope.end)
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        known = coverage_of(connection, resolved(connection, settings, scope).series)
        replace_coverage(connection, {series: reopened(entries, whole) for series, entries in known.items()})
