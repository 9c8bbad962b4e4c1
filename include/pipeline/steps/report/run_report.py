"""Report: what a run did, cost and left, by the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from include.domain.clock import utc_now
from include.domain.facts import UnlandedPages
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.queries import recent
from include.ledger.work import batches, pages, runs, windows
from include.ledger.work.clocks import clocks_now
from include.ledger.work.findings import findings_of_run
from include.ledger.work.pages import PageRef
from include.ledger.work.runs import Run
from include.pipeline.damaged_pages import damaged_among
from include.pipeline.scope.open_windows import overlaps
from include.pipeline.scope.scope import ResolvedScope, RunSpec, Scope
from include.pipeline.steps.extract.extracted import Extracted
from include.pipeline.steps.load.set_aside import windows_set_aside
from include.pipeline.steps.plan.remaining import RemainingWork, remaining_work
from include.pipeline.steps.report.figures import quarantine_lines, series_reports
from include.pipeline.steps.report.remainder import RunRemainder, remainder_of
from include.pipeline.steps.report.summary import RunReport, SeriesReport
from include.pipeline.steps.report.unfinished import (
    beyond_cap,
    is_before_first_rows,
    shortened,
    stop_sentence,
    unfinished,
)
from include.pipeline.steps.settle.totals import loaded_by, restated_in
from include.pipeline.vendor.client import VendorNow, known_account
from include.planning.credits.projection import naive_price
from include.settings import Settings


def report(
    settings: Settings, run: RunSpec, scope: Scope, extracted: Extracted | None = None, notes: Sequence[str] = ()
) -> RunReport:
    """A run by the ledger, which stays as it is; `extracted` adds what only the reading step knows.

    The run is complete when nothing of its scope is due, no page waits to be loaded because it is damaged, nothing is
    set aside, and no silence is in doubt. Work on time that is covered, such as another run's re-read, leaves it so.
    """
    with open_ledger(settings.ledger_url) as ledger:
        account = known_account(ledger)
        with ledger.read() as connection:  # planning what is still due takes long: nobody else should wait for it
            clocks, known = clocks_now(connection, ledger.process_id), runs.run_of(connection, run.run_id)
            as_of = known.started_at if known else None
            vendor = VendorNow(account, clocks)
            work = remaining_work(connection, settings, run.lane, scope, vendor, clocks.for_rows, as_of)
            found = _found(work, run, known, extracted)
        damaged = damaged_among(settings, _waiting(ledger, work.scope))
    left = [*found.left, *shortened(damaged)]
    notes = [*notes, *(extracted.notes if extracted else ())]
    if left or (extracted and extracted.failed):
        left = [*found.stopped, *left]
    else:  # work that was open over covered time ended early: the scope is whole
        notes += found.stopped
    return _report(work, run, found, left, notes, extracted or Extracted())


@dataclass(frozen=True, slots=True)
class _Found:
    """What the ledger says of a run."""

    remainder: RunRemainder
    left: list[str]
    stopped: list[str]
    beyond_cap: str | None
    requests: int
    credits: int
    reserved_credits: int
    failed_requests: int
    unlanded: UnlandedPages
    published: list[dict[str, Any]]
    loaded_elsewhere: int
    series: list[SeriesReport]


def _found(work: RemainingWork, run: RunSpec, known: Run | None, extracted: Extracted | None) -> _Found:
    connection, run_id = work.connection, run.run_id
    aside = [one for one in windows_set_aside(connection).values() if overlaps(one[0], work.scope)]
    remainder = remainder_of(work, [window for window, _ in aside])
    requests, credits, reserved = runs.spending_of(connection, run_id)
    beyond = beyond_cap(remainder, _cap_remaining(known, credits + reserved))
    return _Found(
        remainder=remainder,
        left=unfinished(work, remainder, aside, extracted.refused if extracted else ()),
        stopped=_stopped(known, remainder, extracted, beyond),
        beyond_cap=beyond,
        requests=requests,
        credits=credits,
        reserved_credits=reserved,
        failed_requests=recent.requests_without_page(connection, run_id, known.started_at) if known else 0,
        unlanded=recent.unlanded_of_run(connection, run_id),
        published=batches.published_by(connection, run_id),
        loaded_elsewhere=batches.rows_settled_elsewhere(connection, [run_id]).get(run_id, 0),
        series=series_reports(work.scope, work.now, work.coverage, findings_of_run(connection, run_id)),
    )


def _report(
    work: RemainingWork, run: RunSpec, found: _Found, left: list[str], notes: Sequence[str], extracted: Extracted
) -> RunReport:
    scope, remainder = work.scope, found.remainder
    until = min(scope.end, max(work.now, scope.start))
    notes = [*notes, *restated_in(found.published)]
    return RunReport(
        run_id=run.run_id,
        lane=run.lane,
        start=scope.start,
        end=scope.end,
        complete=not left,
        requests=found.requests,
        credits=found.credits,
        reserved_credits=found.reserved_credits,
        naive_credits=naive_price(scope.series, scope.start, until, work.settings.prices).credits,
        loaded=loaded_by(found.published),
        series=found.series,
        quarantine=quarantine_lines(found.published),
        left=left,
        notes=[note for note in dict.fromkeys(notes) if note not in left],
        reached=remainder.reached,
        left_price=remainder.to_buy.price if remainder.to_buy else None,
        before_first_rows=is_before_first_rows(work, left),
        capped=found.beyond_cap is not None,
        failed=extracted.failed,
        interrupted=extracted.interrupted,
        failed_requests=found.failed_requests,
        lost_pages=found.unlanded.pages,
        lost_credits=found.unlanded.credits,
        loaded_elsewhere=found.loaded_elsewhere,
    )


def _cap_remaining(run: Run | None, spent_credits: int) -> int | None:
    return None if run is None or run.max_credits is None else run.max_credits - spent_credits


def _stopped(run: Run | None, remainder: RunRemainder, extracted: Extracted | None, beyond: str | None) -> list[str]:
    """Why reading ended early: by the reading step, by the reason that tasks of the run noted, or by the run's cap."""
    if extracted is not None:
        return [stop_sentence(extracted.stopped)] if extracted.stopped else []
    noted = run.stopped if run is not None and remainder.to_buy is not None else None
    return [f"stopped: {noted or beyond}"] if noted or beyond else []


def _waiting(ledger: Ledger, scope: ResolvedScope) -> list[PageRef]:
    """Pages of the scope's windows that nobody else works on, and whose rows are not in the warehouse for good."""
    now = utc_now()
    with ledger.read() as connection:
        refs = pages.unsettled(connection)
        found = windows.by_ids(connection, sorted({ref.window_id for ref in refs}))
    free = [window for window in found if window.is_free(now) or window.owner == ledger.process_id]
    of_scope = {window.window_id for window in free if overlaps(window, scope)}
    return [ref for ref in refs if ref.window_id in of_scope]
