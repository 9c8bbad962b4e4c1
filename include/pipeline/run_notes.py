"""What the tasks of a run leave for each other and for its page: its priced plan, and why reading ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from include.domain.clock import iso, utc_now
from include.ledger.database.engine import open_ledger
from include.ledger.queries.recent import requests_without_page
from include.ledger.queries.status import windows_by_state
from include.ledger.work import runs
from include.pipeline.pricing.quote import PlanLine, Preview, plan_lines
from include.pipeline.scope.scope import RunSpec, Scope
from include.pipeline.steps.plan.planned_run import PlannedRun
from include.planning.credits.price import Price
from include.settings import Settings

MOST_LINES = 300
"""Maximum lines of a plan that are kept; its total counts all of them."""


def keep_price(settings: Settings, run: RunSpec, scope: Scope, preview: Preview, *, dry_run: bool = False) -> None:
    """Registers the run with its priced plan, and finishes it when it is a dry run."""
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        runs.open_run(connection, run.run_id, run.lane, run.cap(settings), utc_now())
        runs.note_price(connection, run.run_id, _priced(run, scope, preview))
        if dry_run:
            outcome = {"complete": False, "left": ["a dry run: nothing was bought"], "reached": None}
            runs.finish_run(connection, run.run_id, False, outcome, utc_now())


def keep_plan(settings: Settings, run: RunSpec, scope: Scope, planned: PlannedRun) -> None:
    """Keeps the plan of a run that nobody priced before, for its page; a priced plan stays."""
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        known = runs.run_of(connection, run.run_id)
        if known is not None and not (known.priced and known.priced.get("allowance")):
            shape = _shape(run, scope, plan_lines(planned.windows), planned.price)
            runs.note_price(connection, run.run_id, {**shape, "notes": planned.notes})


def priced_run(settings: Settings, run_id: str) -> dict[str, Any] | None:
    """A run's priced plan, spending, windows by state and outcome, as plain values; None for an unknown run."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        run = runs.run_of(connection, run_id)
        if run is None:
            return None
        failed = requests_without_page(connection, run_id, run.started_at)
        return {**asdict(run), "failed_requests": failed, "windows": windows_by_state(connection, run_id)}


def _priced(run: RunSpec, scope: Scope, preview: Preview) -> dict[str, Any]:
    return {
        **_shape(run, scope, preview.lines(), preview.price),
        "compared": preview.compared(),
        "wall_minutes": preview.wall_minutes,
        "allowance": preview.allowance.to_dict(),
        "fits": preview.fits,
        "advice": preview.advice,
        "notes": preview.notes,
    }


def _shape(run: RunSpec, scope: Scope, lines: Sequence[PlanLine], price: Price) -> dict[str, Any]:
    return {
        "start": iso(scope.start),
        "end": iso(scope.end),
        "order": scope.order.value,
        "reread": scope.reread_for is not None,
        "max_credits": run.max_credits,
        "lines": [{**line.to_dict(), "start": iso(line.start), "end": iso(line.end)} for line in lines[:MOST_LINES]],
        "more_lines": max(0, len(lines) - MOST_LINES),
        "price": asdict(price),
    }


def note_stop_reason(settings: Settings, run_id: str, sentence: str) -> None:
    """Notes why reading ended, for the other tasks of the run and for its report."""
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        runs.note_stop(connection, run_id, sentence, utc_now())


def stop_reason(settings: Settings, run_id: str, since: datetime) -> str | None:
    """Why reading ended, where a task of the run noted it at `since` or later."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        run = runs.run_of(connection, run_id)
    if run is None or run.stopped is None or run.stopped_at is None or run.stopped_at < since:
        return None
    return run.stopped
