"""Plan: wanted minus covered becomes windows in the ledger's queue, each with a price before it is read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from include.alarms.alarm import named
from include.clock import utc_now
from include.kwery.contract import SOURCES, Series
from include.ledger import budgets, runs, windows
from include.ledger.account import totals
from include.ledger.budgets import Refused
from include.ledger.coverage import coverage_of
from include.ledger.engine import Ledger, open_ledger
from include.ledger.models import WindowState
from include.ledger.standing import Standing as Spending
from include.ledger.symbols import note_silent
from include.ledger.windows import NewWindow, OpenWindow
from include.pipeline.discovery import discover
from include.pipeline.results import AllowanceView, FloorView, MonthView, PlannedRun, Preview, PriceView, WindowView
from include.pipeline.scope import RunSpec, Scope
from include.pipeline.universe import known_universe, resolved, universe_notes, wanted_series
from include.pipeline.vendor import Standing, client_of, known_account, read_account
from include.planning.advice import fit
from include.planning.coverage import Covered, Freshness
from include.planning.floor import floor_of
from include.planning.healing import fresh_from, make_healing_plan
from include.planning.order import Order
from include.planning.plan import Plan, Wanted, make_plan
from include.planning.price import Price
from include.planning.projection import Month, monthly_price, naive_month, naive_price
from include.planning.schedule import schedules
from include.planning.stretches import Stretch
from include.planning.universe import Universe, silent, with_first_rows
from include.planning.windows import Packing, PlannedWindow, priced
from include.settings import Budget, Lane, Settings, SymbolGroup

Coverage = Mapping[Series, Sequence[Covered]]
MOST_HISTORY_DAYS = 36_500
"""A longer history than this is no bound."""
NEWEST_FIRST_PAGES = 3
"""A window is read from its old end on: only short ones keep the newest first. 3 sources fill 3 pages exactly."""


def plan(settings: Settings, run: RunSpec, scope: Scope, now: datetime | None = None) -> PlannedRun:
    """Registers the run and puts what the scope still needs into the queue, in one transaction over all processes.

    Windows that a crashed run left inside the scope are taken along. `now` overrides the vendor's clock.
    Raises PipelineError when the key is missing or refused.
    """
    with open_ledger(settings.ledger_url) as ledger, client_of(settings) as client:
        standing = read_account(settings, ledger, client)
        unread = discover(settings, scope.groups, ledger, client, standing.now)
        moment = now or standing.now
        with ledger.write() as connection:
            scope = resolved(connection, settings, scope)
            coverage = coverage_of(connection, scope.series)
            scope = _without_silent(connection, settings, scope, coverage, moment)
            runs.open_run(connection, run.run_id, run.lane, run.cap(settings), utc_now())
            if scope.reread_for == run.run_id:
                runs.begin_reread(connection, run.run_id, utc_now())
            kept = _keep_or_supersede(connection, scope)
            healed = _healed_credits(connection, settings, run, scope, standing, kept)
            planned = _make(connection, settings, run.lane, scope, coverage, standing, moment, kept, healed)
            new = [_to_queue(window, standing.limit(settings.api.row_cap)) for window in planned.windows]
            planner = ledger.holder if run.one_process else None
            new_ids = windows.add(connection, run.run_id, run.lane, new, utc_now(), planner)
            waiting = [one for one in kept if _is_ours(one, scope)]
        packing = _packing(settings, standing)
        work = [(one.window_id, _remaining(one, packing)) for one in waiting]
        work += zip(new_ids, planned.windows, strict=True)
        work.sort(key=lambda item: _rank(scope, item[1]))
        return _planned_run(run, work, [*unread, *universe_notes(scope.universe), *_notes(standing, planned)])


def preview(settings: Settings, lane: Lane, scope: Scope, now: datetime | None = None) -> Preview:
    """What `plan` would do, with its price beside what may still be spent; writes no window and pays nothing."""
    with open_ledger(settings.ledger_url) as ledger:
        standing, unread = standing_of(settings, ledger, scope.groups)
        packing = _packing(settings, standing)
        with ledger.read() as connection:
            scope = resolved(connection, settings, scope)
            universe = known_universe(connection, settings)
            open_now = windows.open_windows(connection)
            coverage = coverage_of(connection, scope.series)
            planned = _make(connection, settings, lane, scope, coverage, standing, now or standing.now, open_now)
            planned = _with_waiting(planned, open_now, scope, packing)
            spending = budgets.standing_now(connection, settings.budget, utc_now())
            limits = budgets.limits_at(spending, lane, settings.budget, utc_now())
            allowance = _allowance(connection, spending, settings.budget, limits)
    floor = floor_of(planned.useful, packing)
    left = {limit.setting: limit.available_credits for limit in limits}
    if settings.budget.run_credits is not None:
        left["budget.run_credits (or --max-credits)"] = settings.budget.run_credits
    advice = fit(planned, left) if planned.windows else []
    return Preview(
        lane=lane,
        windows=[_view(window) for window in planned.windows],
        price=_price_view(planned.price),
        floor=FloorView(floor.rows, floor.credits, floor.reachable_credits),
        naive_credits=naive_price(scope.series, scope.start, scope.end, settings.prices).credits,
        allowance=allowance,
        monthly=monthly_prices(settings, standing, universe),
        monthly_naive_credits=naive_month(wanted_series(universe), settings.prices).credits,
        advice=[one.text for one in advice],
        fits=not advice,
        notes=[*unread, *universe_notes(scope.universe), *_notes(standing, planned)],
        wall_minutes=_wall_minutes(planned, standing),
    )


def freshness_of(settings: Settings) -> Freshness:
    """When an observation has to be repeated, by the settings."""
    plan_settings = settings.plan
    return Freshness(1, timedelta(hours=plan_settings.recheck_gap_hours), plan_settings.provisional_buckets)


def _asked_again(settings: Settings, lane: Lane) -> Freshness:
    """As `freshness_of`, but empty stretches are left to the daily lane, where a day of them is one request."""
    freshness = freshness_of(settings)
    return replace(freshness, recheck_gap=timedelta.max) if lane == "hourly" else freshness


def still_due(
    connection: Connection,
    settings: Settings,
    lane: Lane,
    scope: Scope,
    coverage: Coverage,
    standing: Standing,
    now: datetime,
) -> Plan:
    """What the scope would still need, whoever is reading it."""
    return _make(connection, settings, lane, scope, coverage, standing, now, ())


def price_to_finish(
    connection: Connection,
    settings: Settings,
    lane: Lane,
    scope: Scope,
    coverage: Coverage,
    standing: Standing,
    now: datetime,
) -> PriceView:
    """What the next run over the scope would pay; pages of half-read windows are paid already."""
    open_now = windows.open_windows(connection)
    planned = _make(connection, settings, lane, scope, coverage, standing, now, open_now)
    return _price_view(_with_waiting(planned, open_now, scope, _packing(settings, standing)).price)


def standing_of(settings: Settings, ledger: Ledger, groups: Sequence[SymbolGroup]) -> tuple[Standing, list[str]]:
    """The account by its free page and, where there are patterns, what to tell of the vendor's list of symbols.

    Without a key, the account as the ledger last knew it.
    """
    if settings.api.key is None:
        return Standing(known_account(ledger), utc_now(), note="no API key: the account is not known"), []
    with client_of(settings) as client:
        standing = read_account(settings, ledger, client)
        wanted = (*settings.series.all_groups, *groups)
        return standing, discover(settings, wanted, ledger, client, standing.now)


def _without_silent(
    connection: Connection, settings: Settings, scope: Scope, coverage: Coverage, now: datetime
) -> Scope:
    """The scope without time after now of symbols that were found to have had no row for too long.

    When none of those that patterns found speaks any more, the vendor has stopped, not they: all are asked on.
    """
    found = {series.symbol for series in coverage} & scope.universe.found
    fell = silent(coverage, settings.series.silent_days) & {member.symbol for member in scope.universe.asked}
    fell &= found
    if not fell or fell == found:
        return scope
    note_silent(connection, fell, now)
    return resolved(connection, settings, scope)


def _make(
    connection: Connection,
    settings: Settings,
    lane: Lane,
    scope: Scope,
    coverage: Coverage,
    standing: Standing,
    now: datetime,
    open_now: Iterable[OpenWindow],
    healed_credits: int = 0,
) -> Plan:
    known, busy = _known(connection, scope, coverage, now), _by_series(open_now)
    wanted = Wanted(scope.series, scope.start, scope.end, with_first_rows(scope.universe, coverage).members)
    plan_one = partial(
        make_plan if scope.heal_before is None else _healing(settings, scope.heal_before, healed_credits),
        now=now,
        freshness=_asked_again(settings, lane),
        packing=_packing(settings, standing, scope.order),
        history_start=_history_start(standing, now),
    )
    planned = plan_one(wanted, known, busy)
    return replace(planned, windows=_ordered(scope, planned.windows))


def _ordered(scope: Scope, found: Iterable[PlannedWindow]) -> tuple[PlannedWindow, ...]:
    return tuple(sorted(found, key=lambda window: _rank(scope, window)))


def _rank(scope: Scope, window: PlannedWindow) -> tuple[object, ...]:
    """A key to sort by; a scope that heals keeps the order of its plan, fresh time first."""
    return scope.order.rank(window) if scope.heal_before is None else ()


def _known(connection: Connection, scope: Scope, coverage: Coverage, now: datetime) -> Coverage:
    """What needs no request: what is covered, or, for a re-read, what its run has read since it asked for it."""
    if scope.reread_for is None:
        return coverage
    run = runs.run_of(connection, scope.reread_for)
    if run is None or run.reread_at is None:
        return {}
    read = _by_series(windows.read_by(connection, run.run_id, run.reread_at))
    return {series: [Covered(one, now, "rows") for one in stretches] for series, stretches in read.items()}


def _healed_credits(
    connection: Connection,
    settings: Settings,
    run: RunSpec,
    scope: Scope,
    standing: Standing,
    kept: Iterable[OpenWindow],
) -> int:
    """What the run spends on holes already: those it planned before, in an earlier try, and those it takes along."""
    if scope.heal_before is None:
        return 0
    now, freshness, packing = utc_now(), freshness_of(settings), _packing(settings, standing)
    intervals = {series.interval for series in scope.series}
    edges = {interval: fresh_from(interval, scope.heal_before, freshness) for interval in intervals}
    own = windows.planned_by(connection, run.run_id)
    work = [(one, priced(one.stream, one.start, one.end, one.expected_rows, packing)) for one in own]
    others = [one for one in kept if one.run_id != run.run_id and one.is_free(now) and _is_ours(one, scope)]
    work += [(one, _remaining(one, packing)) for one in others]
    holes = (price for one, price in work if one.end <= edges.get(one.stream.interval, one.start))
    return sum(price.worst_case_credits for price in holes)


def _healing(settings: Settings, heal_before: datetime, healed_credits: int) -> Callable[..., Plan]:
    allowance = max(0, settings.budget.heal_credits - healed_credits)
    return partial(make_healing_plan, heal_before=heal_before, allowance_credits=allowance)


def _packing(settings: Settings, standing: Standing, order: Order = Order.OLDEST_FIRST) -> Packing:
    pages = settings.plan.window_pages
    if order is Order.NEWEST_FIRST:
        pages = min(pages, NEWEST_FIRST_PAGES)
    return Packing(limit=standing.limit(settings.api.row_cap), prices=settings.prices, window_pages=pages)


def _history_start(standing: Standing, now: datetime) -> datetime | None:
    days = standing.account.max_history_days if standing.account else None
    return None if days is None or days > MOST_HISTORY_DAYS else now - timedelta(days=days)


def _keep_or_supersede(connection: Connection, scope: Scope) -> list[OpenWindow]:
    """Open windows that stay. A planned one that nobody will read and that reaches beyond the scope is cut anew."""
    kept = []
    now = utc_now()
    for window in windows.open_windows(connection):
        forsaken = window.state is WindowState.PLANNED and window.is_free(now) and not window.is_awaited(now)
        if forsaken and overlaps(window, scope) and not _inside(window, scope):
            windows.close(
                connection, window.window_id, WindowState.SUPERSEDED, utc_now(), "planned anew by another run"
            )
        else:
            kept.append(window)
    return kept


def overlaps(window: OpenWindow, scope: Scope) -> bool:
    """True when the window may hold rows that the scope wants."""
    if window.end <= scope.start or scope.end <= window.start:
        return False
    return scope.holds(window.stream)


def _is_ours(window: OpenWindow, scope: Scope) -> bool:
    """True for open work that a run of the scope takes along: half-read windows, and planned ones inside it."""
    if window.state is WindowState.PLANNED:
        return overlaps(window, scope) and _inside(window, scope)
    return window.state is WindowState.READING and overlaps(window, scope)


def _inside(window: OpenWindow, scope: Scope) -> bool:
    return scope.start <= window.start and window.end <= scope.end + window.stream.interval.step


def _by_series(found: Iterable[OpenWindow]) -> dict[Series, list[Stretch]]:
    """The stretches of windows, under each series that their answers speak about."""
    stretches: dict[Series, list[Stretch]] = defaultdict(list)
    for window in found:
        stream = window.stream
        for source in SOURCES if stream.source is None else (stream.source,):
            stretches[Series(stream.symbol, source, stream.interval)].append(Stretch(window.start, window.end))
    return dict(stretches)


def _to_queue(window: PlannedWindow, limit: int) -> NewWindow:
    return NewWindow(window.stream, window.start, window.end, limit, window.expected_rows, window.price.credits)


def _planned_run(run: RunSpec, work: Sequence[tuple[str, PlannedWindow]], notes: list[str]) -> PlannedRun:
    return PlannedRun(
        run.run_id,
        [window_id for window_id, _ in work],
        [_view(window) for _, window in work],
        _price_view(sum((window.price for _, window in work), Price())),
        notes,
    )


def _with_waiting(planned: Plan, open_now: Iterable[OpenWindow], scope: Scope, packing: Packing) -> Plan:
    """The plan with the windows of the scope that wait in the queue and nobody reads: they are to be paid as well."""
    now = utc_now()
    waiting = [_remaining(one, packing) for one in open_now if one.is_free(now) and _is_ours(one, scope)]
    useful = Counter(planned.useful)
    for window in waiting:
        useful[window.stream.symbol, window.stream.interval] += window.expected_rows
    return replace(planned, windows=_ordered(scope, (*waiting, *planned.windows)), useful=useful)


def _remaining(window: OpenWindow, packing: Packing) -> PlannedWindow:
    """What is still to be read of a queued window."""
    rows = max(0, window.expected_rows - window.rows)
    return priced(window.stream, window.resume_start or window.start, window.end, rows, packing)


def _notes(standing: Standing, planned: Plan) -> list[str]:
    notes = [standing.note] if standing.note else []
    if standing.reconciled.unexplained_credits:
        notes.append(
            f"the account shows {standing.reconciled.unexplained_credits:,} credits that this ledger did not spend: "
            "another program may be using the key"
        )
    if planned.deferred:
        credits = sum(window.credits for window in planned.deferred)
        notes.append(
            f"{len(planned.deferred):,} windows with holes ({credits:,} credits) wait for later runs: "
            "budget.heal_credits bounds what one run spends on them"
        )
    days = standing.account.max_history_days if standing.account else "?"
    return notes + _beyond_depth(planned, f"lies beyond the plan's history ({days} days) and was not asked")


def _beyond_depth(planned: Plan, sentence: str) -> list[str]:
    """A sentence for each stretch that the vendor's plan does not reach, whatever many series it concerns."""
    alike: dict[Stretch, list[str]] = defaultdict(list)
    for series, stretches in planned.beyond_depth.items():
        alike[stretches[0]].append(series.label)
    return [f"{named(labels)}: {stretch.label} {sentence}" for stretch, labels in alike.items()]


def _allowance(connection: Connection, spending: Spending, budget: Budget, limits: Sequence[Refused]) -> AllowanceView:
    settled, reserved = totals(connection)
    account = spending.account
    return AllowanceView(
        plan=account.plan if account else None,
        limit=account.credits_limit if account else None,
        spent=settled,
        reserved=reserved,
        remaining=budgets.left_of(spending, budget),
        reserve=budgets.reserve_in(spending, budget),
        lane_remaining=max(0, min(limit.available_credits for limit in limits)) if limits else None,
    )


def _wall_minutes(planned: Plan, standing: Standing) -> float | None:
    rate = standing.account.requests_per_minute if standing.account else None
    return planned.price.requests / rate if rate else None


def monthly_prices(settings: Settings, standing: Standing, universe: Universe) -> dict[str, MonthView]:
    """What keeping everything that lives current costs in 30 days, by live lane."""
    lanes = schedules(timedelta(hours=settings.schedule.hourly_every_hours))
    packing, freshness = _packing(settings, standing), freshness_of(settings)
    months = monthly_price(wanted_series(universe), lanes, freshness, packing)
    return {lane: _month_view(month) for lane, month in months.items()}


def _month_view(month: Month) -> MonthView:
    return MonthView(month.price.requests, month.price.rows, month.price.credits, month.reread_credits)


def _view(window: PlannedWindow) -> WindowView:
    return WindowView(
        label=window.stream.label,
        symbol=window.stream.symbol,
        interval=window.stream.interval.value,
        source=window.stream.source,
        start=window.start,
        end=window.end,
        requests=window.price.requests,
        rows=window.price.rows,
        credits=window.price.credits,
    )


def _price_view(price: Price) -> PriceView:
    return PriceView(price.requests, price.rows, price.credits)
