"""Alarms: runs every check of `include.alarms` on ledger and warehouse, with no request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from include.alarms.alarm import Alarm, errors_first
from include.alarms.charges import excess, price_drift_alarms, unexplained
from include.alarms.clocks import wrong_clocks
from include.alarms.derived_intervals import deriving
from include.alarms.freshness import freshness
from include.alarms.gaps import Healed, doubts, gaps
from include.alarms.landing import unlanded
from include.alarms.late import Scheduled, late
from include.alarms.pace import Spending, pace
from include.alarms.quarantine import quarantine
from include.alarms.queue import Waiting, refused, set_aside, stuck
from include.alarms.restated import restated
from include.alarms.stored import stored
from include.domain.clock import DAY, EPOCH, HOUR, Clocks, utc_now
from include.domain.market import INTERVAL_ALIASES, Interval, Series
from include.domain.time_range import TimeRange
from include.ledger.credits import price_drift
from include.ledger.credits.account import account_of
from include.ledger.credits.limits import reserve_in, spend_position
from include.ledger.database.engine import open_ledger
from include.ledger.queries import recent
from include.ledger.work import windows
from include.ledger.work.clocks import all_seen, clocks_now
from include.ledger.work.coverage import coverage_of, unconfirmed_since
from include.ledger.work.windows import LEASE, OpenWindow
from include.pipeline.monitoring.landed import landed_alarms
from include.pipeline.scope.derived_intervals import derived_of, stretches_of
from include.pipeline.scope.policies import history_start
from include.pipeline.scope.resolve_symbols import known_universe, wanted_series
from include.pipeline.steps.load.set_aside import windows_set_aside
from include.planning.credits.lanes import LIVE
from include.planning.derived_intervals import Derived, derived_at
from include.planning.schedule import ALLOWANCE, reaches_back_to, schedules
from include.planning.symbols import Member, Universe, with_first_rows
from include.planning.windows.coverage import Coverage, Covered, first_row, is_before_rows
from include.settings import Settings
from include.warehouse.connect import ClientFactory, embedded_directory, open_warehouse
from include.warehouse.query import Counts, StoredRanges

INTERVALS = frozenset(one.value for one in Interval)
_SINCE_YESTERDAYS_CHECK = timedelta(hours=25)


def alarms(settings: Settings, client_factory: ClientFactory | None = None) -> list[Alarm]:
    """Everything that needs attention now, errors first."""
    missing = [*stored_alarms(settings, client_factory)[0], *landed_alarms(settings)]
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return errors_first([*alarms_of(connection, settings, clocks_now(connection)), *missing])


def ledger_alarms(settings: Settings) -> list[Alarm]:
    """What the ledger alone shows, errors first: everything but points that the warehouse lost, and landed pages."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return errors_first(alarms_of(connection, settings, clocks_now(connection)))


def stored_alarms(settings: Settings, client_factory: ClientFactory | None = None) -> tuple[list[Alarm], Counts]:
    """Points that are settled and not in the warehouse, and the counts of what is there.

    Settled is what the ledger says: a warehouse that was lost has lost its copy of the coverage, too.
    """
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        coverage = coverage_of(connection)
    kept, counts = _held(settings, client_factory)
    return stored(coverage, _kept_ranges(kept, settings.quality.symbol_aliases)), counts


def _held(settings: Settings, client_factory: ClientFactory | None) -> tuple[Sequence[StoredRanges], Counts]:
    """What the warehouse holds; an embedded one that does not exist yet is not created."""
    directory = embedded_directory(settings)
    if client_factory is None and directory is not None and not directory.exists():
        return (), Counts((), ())
    with open_warehouse(settings, client_factory) as warehouse:
        return warehouse.kept(), warehouse.counts()


def _kept_ranges(kept: Iterable[StoredRanges], aliases: Mapping[str, str]) -> dict[Series, list[TimeRange]]:
    """The time of stored and rejected points; rejected rows may spell a series as the vendor does."""
    stretches: dict[Series, list[TimeRange]] = defaultdict(list)
    for one in kept:
        interval = INTERVAL_ALIASES.get(one.interval, one.interval)
        if interval in INTERVALS:
            series = Series(aliases.get(one.symbol, one.symbol), one.source, Interval(interval))
            stretches[series] += [TimeRange(first, last + series.interval.step) for first, last in one.runs]
    return stretches


def hourly_alarms(settings: Settings, intervals: Sequence[Interval]) -> list[Alarm]:
    """Alarms that the daily check would raise too late: old rows of these intervals, charges, lost pages, late runs."""
    now, span = utc_now(), timedelta(hours=settings.schedule.hourly_every_hours) + HOUR
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        about_charges = [*_price_drift(connection, settings, now, span), *_excess(connection, settings, now, span)]
        found = [*about_charges, *_unlanded(connection, now, span), *_late(connection, settings, now)]
    return errors_first([*freshness_alarms(settings, intervals), *found])


def freshness_alarms(settings: Settings, intervals: Sequence[Interval]) -> list[Alarm]:
    """Series of these intervals whose newest row is too old."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        universe, now = known_universe(connection, settings), clocks_now(connection).for_rows
        bought = _bought_now(wanted_series(universe), stretches_of(_derived(connection, settings, universe)), now)
        wanted = [series for series in bought if series.interval in intervals]
        return freshness(wanted, coverage_of(connection, wanted), now, settings.alarms.fresh_within, universe.found)


def alarms_of(connection: Connection, settings: Settings, clocks: Clocks) -> list[Alarm]:
    """The alarms that need the ledger alone."""
    universe = known_universe(connection, settings)
    return [
        *_about_rows(connection, settings, clocks, universe),
        *_about_work(connection, settings, clocks.worker, universe),
        *_about_money(connection, settings, clocks),
        *_about_clocks(connection, settings, clocks),
    ]


def _about_rows(connection: Connection, settings: Settings, clocks: Clocks, universe: Universe) -> list[Alarm]:
    wanted, derived = wanted_series(universe), _derived(connection, settings, universe)
    bought = _bought_now(wanted, stretches_of(derived), clocks.for_rows)
    coverage = coverage_of(connection, wanted)
    limits, bounds = settings.alarms, settings.quality
    recently = timedelta(days=limits.recent_days)
    since = clocks.for_rows - recently
    look_back = _healed_from(settings, clocks.for_rows)
    healed = Healed(
        start=look_back,
        end=clocks.for_rows - timedelta(hours=limits.gap_hours),
        recent=look_back - recently,
        oldest=history_start(account_of(connection), clocks.for_rows),
    )
    validated = recent.validated_since(connection, clocks.worker - recently)
    return [
        *freshness(bought, coverage, clocks.for_rows, limits.fresh_within, universe.found),
        *gaps(wanted, coverage, healed, stretches_of(derived)),
        *deriving(derived, since),
        *doubts(_unconfirmed(connection, universe, look_back, since), look_back, since),
        *quarantine(validated, limits.quarantine_share, bounds.min_rows_to_block),
        *restated(recent.restated_since(connection, clocks.worker - recently), bounds.restatement_share),
    ]


def _healed_from(settings: Settings, now: datetime) -> datetime:
    """The instant that the newest daily run reached back to."""
    begins = DAY * ((now - EPOCH) // DAY - 1) + EPOCH
    return reaches_back_to(begins, timedelta(days=settings.plan.lookback_days), DAY)


def _derived(connection: Connection, settings: Settings, universe: Universe) -> dict[Series, Derived]:
    return derived_of(connection, settings, wanted_series(universe))


def _bought_now(wanted: Sequence[Series], derived: Mapping[Series, Sequence[TimeRange]], now: datetime) -> list[Series]:
    """The series that are bought, and so must be fresh themselves; derived ones are as fresh as their 5m rows."""
    derived_now = derived_at(derived, now)
    return [series for series in wanted if series not in derived_now]


def _unconfirmed(connection: Connection, universe: Universe, start: datetime, asked_since: datetime) -> Coverage:
    """Silence in doubt, but for time before the first row of a symbol whose listing was seen.

    Nor is there an alarm for time before the first row that only a backfill asked for: its report says so.
    """
    found = _after_first_rows(connection, unconfirmed_since(connection, start, asked_since), start)
    listing_seen = [series for series in found if (member := universe.members.get(series.symbol)) and member.start]
    members = with_first_rows(universe, coverage_of(connection, listing_seen)).members if listing_seen else {}
    return {series: _while_asked(series, entries, members.get(series.symbol)) for series, entries in found.items()}


def _after_first_rows(connection: Connection, unconfirmed: Coverage, start: datetime) -> Coverage:
    """`unconfirmed` without the silence before each series' first row that lies before `start`."""
    older = [series for series, entries in unconfirmed.items() if any(one.stretch.end <= start for one in entries)]
    known = coverage_of(connection, older) if older else {}
    first = {series: first_row(entries) for series, entries in known.items()}
    return {
        series: [one for one in entries if one.stretch.end > start or not is_before_rows(one, first.get(series))]
        for series, entries in unconfirmed.items()
    }


def _while_asked(series: Series, entries: Sequence[Covered], member: Member | None) -> list[Covered]:
    return [one for one in entries if member is None or member.of(series.interval, one.stretch)]


def _about_work(connection: Connection, settings: Settings, now: datetime, universe: Universe) -> list[Alarm]:
    limits = settings.alarms
    aside = windows_set_aside(connection)
    others = [one for one in windows.open_windows(connection) if one.window_id not in aside]
    over = {member.symbol for member in universe.members.values() if member.end is not None}
    refusals = [
        one
        for one in recent.refused_since(connection, now - timedelta(days=limits.recent_days))
        if one.stream.symbol not in over
    ]
    return [
        *_late(connection, settings, now),
        *stuck(_waiting(others, now), now, timedelta(hours=limits.stuck_hours)),
        *set_aside([(window.label, window.rows, reason) for window, reason in aside.values()]),
        *refused(refusals, limits.refusals),
    ]


def _late(connection: Connection, settings: Settings, now: datetime) -> list[Alarm]:
    wanted = {interval for group in settings.series.all_groups for interval in group.intervals}
    ends = recent.last_ends(connection)
    lanes = [
        Scheduled(one.lane, ends[one.lane], one.every, ALLOWANCE[one.lane])
        for one in schedules(timedelta(hours=settings.schedule.hourly_every_hours))
        if one.lane in ends and wanted.intersection(one.intervals)
    ]
    return late(lanes, now)


def _about_clocks(connection: Connection, settings: Settings, clocks: Clocks) -> list[Alarm]:
    since = clocks.for_records - timedelta(days=settings.alarms.recent_days)
    return wrong_clocks([(one.place, one.clocks) for one in all_seen(connection) if one.noted_at >= since])


def _about_money(connection: Connection, settings: Settings, clocks: Clocks) -> list[Alarm]:
    limits, now = settings.alarms, clocks.worker
    unknown_charges = recent.unexplained_since(connection, now - _SINCE_YESTERDAYS_CHECK)
    spending = _spending(connection, settings, clocks.for_billing)
    return [
        *_price_drift(connection, settings, now, _SINCE_YESTERDAYS_CHECK),
        *_excess(connection, settings, now, _SINCE_YESTERDAYS_CHECK),
        *_unlanded(connection, now, timedelta(days=limits.recent_days)),
        *unexplained(unknown_charges.credits, unknown_charges.table_priced, limits.unexplained_credits),
        *(pace(spending, limits.pace_after_days) if spending else []),
    ]


def _price_drift(connection: Connection, settings: Settings, now: datetime, span: timedelta) -> list[Alarm]:
    table = settings.prices
    odd = price_drift.differing_charges(connection, table, now - span)
    return price_drift_alarms(odd, table, settings.alarms.charge_tolerance, span)


def _unlanded(connection: Connection, now: datetime, span: timedelta) -> list[Alarm]:
    return unlanded(recent.unlanded_since(connection, now - span), span)


def _excess(connection: Connection, settings: Settings, now: datetime, span: timedelta) -> list[Alarm]:
    table = settings.prices
    return excess(price_drift.excesses(connection, table, now - span), table, span)


def _waiting(open_windows: Iterable[OpenWindow], now: datetime) -> list[Waiting]:
    return [
        Waiting(
            window.label, window.state.value, window.lease_until - LEASE if window.lease_until else window.created_at
        )
        for window in open_windows
        if window.is_free(now)
    ]


def _spending(connection: Connection, settings: Settings, now: datetime) -> Spending | None:
    """The billing cycle so far; None before the first run."""
    first_run = recent.first_run_at(connection)
    if first_run is None:
        return None
    position = spend_position(connection, settings.budget, now)
    reserve, monthly = reserve_in(position, settings.budget), settings.budget.monthly_credits
    available = position.account.available_credits if position.account else None
    return Spending(
        began=max(first_run, position.cycle.start),
        now=now,
        ends=position.cycle.end,
        spent_credits=position.cycle_spent,
        steady_credits=sum(position.spent[lane] for lane in LIVE),
        budget_credits=None if monthly is None else monthly - reserve,
        account_credits=None if available is None else available - reserve,
    )
