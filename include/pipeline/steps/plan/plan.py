"""Plan: wanted minus covered becomes windows in the ledger's queue, each priced before it is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from include.domain.clock import utc_now
from include.landing.store import LandingStore
from include.ledger.database.engine import open_ledger
from include.ledger.database.models.work import WindowState
from include.ledger.work import runs, windows
from include.ledger.work.coverage import coverage_of
from include.ledger.work.symbols import note_inactive
from include.ledger.work.windows import NewWindow, OpenWindow
from include.pipeline.landing_zone import check_landing_zone
from include.pipeline.scope.open_windows import is_ours, lies_inside, overlaps, remaining
from include.pipeline.scope.policies import freshness_of
from include.pipeline.scope.resolve_symbols import resolve_symbols, universe_notes
from include.pipeline.scope.scope import ResolvedScope, RunSpec, Scope
from include.pipeline.steps.plan.home_guard import refuse_mixed_home
from include.pipeline.steps.plan.planned_run import PlannedRun
from include.pipeline.steps.plan.remaining import RemainingWork, packing_of, plan_notes, rank
from include.pipeline.vendor.client import client_of, read_account
from include.pipeline.vendor.symbol_list import discover
from include.planning.credits.price import Price
from include.planning.symbols import inactive_symbols
from include.planning.windows.batches import affordable_count
from include.planning.windows.coverage import Coverage
from include.planning.windows.gap_filling import fresh_from
from include.planning.windows.windows import Packing, PlannedWindow, quote
from include.settings import Settings


def plan(settings: Settings, run: RunSpec, scope: Scope, now: datetime | None = None) -> PlannedRun:
    """Registers the run and queues what the scope still needs, in one transaction across all processes.

    The plan includes windows that a crashed run left inside the scope. `now` overrides the vendor's clock.
    Raises PipelineError when the key is missing or refused, SettingsError when simulated and real rows would mix,
    UnknownPages when pages are landed that the ledger does not know, LandingError when the landing zone is unreachable.
    """
    with open_ledger(settings.ledger_url) as ledger, client_of(settings) as client:
        refuse_mixed_home(settings)
        check_landing_zone(ledger, LandingStore(settings.landing_url))
        vendor = read_account(settings, ledger, client)
        unread = discover(settings, scope.groups, ledger, client, vendor.now)
        packing, moment = packing_of(settings, vendor), now or vendor.now
        with ledger.write() as connection:
            resolved = resolve_symbols(connection, settings, scope)
            coverage = coverage_of(connection, resolved.series)
            resolved = _without_inactive(connection, settings, resolved, coverage, moment)
            runs.open_run(connection, run.run_id, run.lane, run.cap(settings), utc_now(), scheduled=run.scheduled)
            if scope.reread_for == run.run_id:
                runs.begin_reread(connection, run.run_id)
            kept = _keep_or_discard(connection, resolved)
            healed = _healed_credits(connection, settings, run, resolved, kept, packing)
            needs = RemainingWork(connection, settings, run.lane, resolved, coverage, vendor, moment)
            planned, about_derived = needs.plan(kept, healed), needs.notes()
            new = [_to_queue(window, packing.limit) for window in planned.windows]
            planner = ledger.process_id if run.one_process else None
            cap_remaining = _cap_remaining(connection, run, settings)
            new_ids = windows.add(connection, run.run_id, run.lane, new, utc_now(), planner)
        work = [(one.window_id, remaining(one, packing)) for one in kept if is_ours(one, resolved)]
        work += zip(new_ids, planned.windows, strict=True)
        work.sort(key=lambda item: rank(resolved, item[1]))
        notes = [*unread, *universe_notes(resolved.universe), *about_derived, *plan_notes(vendor, planned)]
        return _planned_run(run, work, notes, cap_remaining)


def _without_inactive(
    connection: Connection, settings: Settings, scope: ResolvedScope, coverage: Coverage, now: datetime
) -> ResolvedScope:
    """The scope without future time of pattern-matched symbols that have had no row for `series.inactive_days`.

    When all of them are without rows, the vendor has stopped rather than the symbols, and all stay active.
    """
    found = {series.symbol for series in coverage} & scope.universe.found
    inactive = inactive_symbols(coverage, settings.series.inactive_days) & {
        member.symbol for member in scope.universe.active
    }
    inactive &= found
    if not inactive or inactive == found:
        return scope
    note_inactive(connection, inactive, now)
    return resolve_symbols(connection, settings, scope)


def _keep_or_discard(connection: Connection, scope: ResolvedScope) -> list[OpenWindow]:
    """The open windows that stay. One that no run will read, and that reaches beyond the scope, is planned again."""
    kept = []
    now, found = utc_now(), windows.open_windows(connection)
    ended = runs.ends_of(connection, {window.run_id for window in found})
    for window in found:
        is_over = window.created_at < ended.get(window.run_id, window.created_at)  # a cleared run plans again
        awaited = not is_over and window.is_awaited(now)
        abandoned = window.state is WindowState.PLANNED and window.is_free(now) and not awaited
        if abandoned and overlaps(window, scope) and not lies_inside(window, scope):
            windows.discard(connection, window.window_id)
        else:
            kept.append(window)
    return kept


def _healed_credits(
    connection: Connection,
    settings: Settings,
    run: RunSpec,
    scope: ResolvedScope,
    kept: Iterable[OpenWindow],
    packing: Packing,
) -> int:
    """Worst-case credits that the run already spends on gaps: windows of an earlier try, and those it takes over."""
    if scope.heal_before is None:
        return 0
    now, freshness = utc_now(), freshness_of(settings)
    intervals = {series.interval for series in scope.series}
    edges = {interval: fresh_from(interval, scope.heal_before, freshness) for interval in intervals}
    own = windows.planned_by(connection, run.run_id)
    work = [(one, quote(one.stream, one.start, one.end, one.expected_rows, packing)) for one in own]
    others = [one for one in kept if one.run_id != run.run_id and one.is_free(now) and is_ours(one, scope)]
    work += [(one, remaining(one, packing)) for one in others]
    gaps = (price for one, price in work if one.end <= edges.get(one.stream.interval, one.start))
    return sum(price.worst_case_credits for price in gaps)


def _cap_remaining(connection: Connection, run: RunSpec, settings: Settings) -> int | None:
    """Credits that the run's cap leaves; None without a cap."""
    cap, (_, settled, reserved) = run.cap(settings), runs.spending_of(connection, run.run_id)
    return None if cap is None else cap - settled - reserved


def _to_queue(window: PlannedWindow, limit: int) -> NewWindow:
    return NewWindow(window.stream, window.start, window.end, limit, window.expected_rows, window.price.credits)


def _planned_run(
    run: RunSpec, work: Sequence[tuple[str, PlannedWindow]], notes: list[str], cap_remaining: int | None
) -> PlannedRun:
    return PlannedRun(
        run.run_id,
        [window_id for window_id, _ in work],
        [window for _, window in work],
        sum((window.price for _, window in work), Price()),
        notes,
        affordable_count([window.price.credits for _, window in work], cap_remaining),
    )
