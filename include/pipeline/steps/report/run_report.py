"""Report: what a run did, cost and left, by the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from include.domain.clock import iso, utc_now
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.queries import recent
from include.ledger.work import batches, pages, runs, windows
from include.ledger.work.clocks import clocks_now
from include.ledger.work.coverage import coverage_of
from include.ledger.work.findings import findings_of_run
from include.ledger.work.pages import PageRef
from include.ledger.work.runs import Run
from include.pipeline.damaged_pages import damaged_among
from include.pipeline.scope.open_windows import overlaps
from include.pipeline.scope.resolve_symbols import resolve_symbols
from include.pipeline.scope.scope import ResolvedScope, RunSpec, Scope
from include.pipeline.steps.extract.extracted import Extracted
from include.pipeline.steps.load.set_aside import windows_set_aside
from include.pipeline.steps.plan.remaining import RemainingWork
from include.pipeline.steps.report.figures import quarantine_lines, series_reports
from include.pipeline.steps.report.rest import Rest, rest_of
from include.pipeline.steps.report.summary import RunReport
from include.pipeline.steps.report.unfinished import beyond_cap, shortened, stop_sentence, unfinished
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
            clocks = clocks_now(connection, ledger.process_id)
            known = runs.run_of(connection, run.run_id)
            resolved = resolve_symbols(connection, settings, scope, as_of=known.started_at if known else None)
            coverage = coverage_of(connection, resolved.series)
            work = RemainingWork(
                connection, settings, run.lane, resolved, coverage, VendorNow(account, clocks), clocks.for_rows
            )
            aside = [one for one in windows_set_aside(connection).values() if overlaps(one[0], resolved)]
            rest = rest_of(work, [window for window, _ in aside])
            requests, credits, reserved = runs.spending_of(connection, run.run_id)
            beyond = beyond_cap(rest, _cap_remaining(known, credits + reserved))
            left = unfinished(work, rest, aside, extracted.refused if extracted else ())
            stopped = _stopped(known, rest, extracted, beyond)
            published = batches.published_by(connection, run.run_id)
            series = series_reports(resolved, work.now, coverage, findings_of_run(connection, run.run_id))
            lost = recent.unlanded_of_run(connection, run.run_id)
            failed = recent.requests_without_page(connection, run.run_id, known.started_at) if known else 0
        left += shortened(damaged_among(settings, _waiting(ledger, resolved)))
    if left or (extracted and extracted.failed):
        left = [*stopped, *left]
    else:  # work that was open over covered time ended early: the scope is whole
        notes = [*notes, *stopped]
    notes = [*notes, *(extracted.notes if extracted else ()), *restated_in(published)]
    return RunReport(
        run_id=run.run_id,
        lane=run.lane,
        start=resolved.start,
        end=resolved.end,
        complete=not left,
        requests=requests,
        credits=credits,
        reserved_credits=reserved,
        naive_credits=naive_price(
            resolved.series, resolved.start, min(resolved.end, max(work.now, resolved.start)), settings.prices
        ).credits,
        loaded=loaded_by(published),
        series=series,
        quarantine=quarantine_lines(published),
        left=left,
        notes=[note for note in dict.fromkeys(notes) if note not in left],
        reached=rest.reached,
        left_price=rest.to_buy.price if rest.to_buy else None,
        capped=beyond is not None,
        failed=extracted.failed if extracted else False,
        interrupted=extracted.interrupted if extracted else False,
        failed_requests=failed,
        lost_pages=lost.pages,
        lost_credits=lost.credits,
    )


def finish_run(settings: Settings, report: RunReport) -> None:
    """Marks a run as finished in the ledger, with how far it came."""
    outcome = {
        "complete": report.complete,
        "left": report.left,
        "reached": iso(report.reached) if report.reached else None,
        "credits_to_finish": report.left_price.credits if report.left_price else 0,
    }
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        runs.finish_run(connection, report.run_id, report.complete, outcome, utc_now())


def _cap_remaining(run: Run | None, spent_credits: int) -> int | None:
    return None if run is None or run.max_credits is None else run.max_credits - spent_credits


def _stopped(run: Run | None, rest: Rest, extracted: Extracted | None, beyond: str | None) -> list[str]:
    """Why reading ended early: by the reading step, by the reason that tasks of the run noted, or by the run's cap."""
    if extracted is not None:
        return [stop_sentence(extracted.stopped)] if extracted.stopped else []
    noted = run.stopped if run is not None and rest.to_buy is not None else None
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
