"""Status: where things stand, from the ledger and the warehouse; asks the vendor nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from include.alarms.alarm import Alarm, errors_first
from include.alarms.clocks import clock_notes
from include.domain.market import Series
from include.domain.time_range import TimeRange, buckets, merge
from include.ledger.credits import limits
from include.ledger.credits.account import Reading, newest_reading
from include.ledger.database.engine import open_ledger
from include.ledger.queries.reconciliation import Reconciliation, reconciliation_of
from include.ledger.queries.status import MonthSpend, spend_by_month, windows_by_state
from include.ledger.work.clocks import clocks_now
from include.ledger.work.coverage import coverage_of
from include.ledger.work.runs import RunSummary, last_runs
from include.pipeline.monitoring.alarms import alarms_of, stored_alarms
from include.pipeline.monitoring.landed import landed_alarms
from include.pipeline.monitoring.symbols import counts_of
from include.pipeline.progress import Jsonable
from include.pipeline.scope.derived_intervals import derived_notes, derived_of
from include.pipeline.scope.resolve_symbols import known_universe, wanted_series
from include.planning.windows.coverage import Coverage, Covered, unconfirmed_in
from include.settings import Settings
from include.warehouse.connect import ClientFactory, open_warehouse

if TYPE_CHECKING:
    from include.warehouse.query import Counts, SeriesCount

_RUNS_SHOWN = 10


Span = tuple[datetime, datetime]
"""`[start, end)`."""


@dataclass(frozen=True, slots=True)
class StatusCredits:
    """Credits over the whole ledger; None where neither the settings nor the account say."""

    spent: int
    reserved: int
    remaining: int | None
    limit: int | None


@dataclass(frozen=True, slots=True)
class StatusRows:
    """Rows in the warehouse."""

    stored: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class UnconfirmedTime:
    """Time whose silence proves nothing, and why."""

    reasons: list[str]
    stretches: list[Span]


@dataclass(frozen=True, slots=True)
class SeriesStatus:
    """What is covered of a series, and what is stored of it."""

    symbol: str
    source: str
    interval: str
    covered: list[Span]
    """Time with received rows."""
    empty: list[Span]
    """Time that answered without rows."""
    gaps: int
    """Buckets of `empty`."""
    unproven: int
    """Buckets of `empty` whose silence is in doubt."""
    doubts: list[UnconfirmedTime]
    rows: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Status(Jsonable):
    """Alarms, credits, rows, coverage, open work and the last runs."""

    alarms: list[Alarm]
    """Errors first."""
    credits: StatusCredits
    rows: StatusRows
    requests: int
    account: Reading | None
    reconciliation: Reconciliation | None
    """The ledger beside the account in this billing cycle; None before the account was read."""
    series: list[SeriesStatus]
    symbols: dict[str, int]
    """Wanted symbols by state: active, gone, inactive, refused."""
    windows: dict[str, int]
    spend: list[MonthSpend]
    runs: list[RunSummary]
    notes: list[str]
    """Clocks that differ, what is derived, and what is bought until it is proven."""
    as_of: datetime
    vendor_now: datetime
    """The vendor's clock at `as_of`, as far as it is known; the worker's where that is earlier by minutes."""


def status(settings: Settings) -> Status:
    """Where things stand now."""
    missing, counts = stored_alarms(settings)
    missing += landed_alarms(settings)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        spend = spend_by_month(connection)
        clocks = clocks_now(connection, ledger.process_id)
        found, universe = reconciliation_of(connection), known_universe(connection, settings)
        return Status(
            alarms=errors_first([*alarms_of(connection, settings, clocks), *missing]),
            credits=_credits(connection, settings, spend, clocks.for_billing),
            rows=StatusRows(stored=counts.rows, quarantined=counts.quarantined),
            requests=sum(line.requests for line in spend),
            account=newest_reading(connection),
            reconciliation=found,
            series=_series(coverage_of(connection), counts),
            symbols=counts_of(universe),
            windows=windows_by_state(connection),
            spend=spend,
            runs=last_runs(connection, _RUNS_SHOWN),
            notes=clock_notes(clocks)
            + derived_notes(derived_of(connection, settings, wanted_series(universe)), clocks.for_rows),
            as_of=clocks.worker,
            vendor_now=clocks.for_rows,
        )


def reconciliation(settings: Settings) -> Reconciliation | None:
    """The ledger beside the account in this billing cycle, as far as the readings so far explain it."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return reconciliation_of(connection)


def _credits(connection: Connection, settings: Settings, spend: Sequence[MonthSpend], now: datetime) -> StatusCredits:
    position = limits.spend_position(connection, settings.budget, now)
    return StatusCredits(
        spent=sum(line.settled_credits for line in spend),
        reserved=sum(line.reserved_credits for line in spend),
        remaining=limits.left_of(position, settings.budget),
        limit=position.account.credits_limit if position.account else None,
    )


def _series(coverage: Coverage, counts: Counts) -> list[SeriesStatus]:
    stored = {(one.symbol, one.source, one.interval): one for one in counts.series}
    ordered = sorted(coverage, key=lambda one: (one.symbol, one.source, one.interval.seconds))
    return [
        _series_status(one, coverage[one], stored.get((one.symbol, one.source, one.interval.value))) for one in ordered
    ]


def _series_status(series: Series, entries: Sequence[Covered], stored: SeriesCount | None) -> SeriesStatus:
    rows = merge(entry.stretch for entry in entries if entry.found == "rows")
    empty = merge(entry.stretch for entry in entries if entry.found == "empty")
    unconfirmed = unconfirmed_in(entries)
    return SeriesStatus(
        symbol=series.symbol,
        source=series.source,
        interval=series.interval.value,
        covered=_spans(rows),
        empty=_spans(empty),
        gaps=buckets(empty, series.interval),
        unproven=sum(buckets(stretches, series.interval) for stretches in unconfirmed.values()),
        doubts=[
            UnconfirmedTime([one.value for one in why], _spans(stretches)) for why, stretches in unconfirmed.items()
        ],
        rows=stored.rows if stored else 0,
        first=stored.first if stored else None,
        last=stored.last if stored else None,
    )


def _spans(stretches: Iterable[TimeRange]) -> list[Span]:
    return [(one.start, one.end) for one in stretches]


def check_marts(settings: Settings, client_factory: ClientFactory | None = None) -> list[str]:
    """A sentence for each thing that cannot be right, with what to do; none when all checks hold."""
    with open_warehouse(settings, client_factory) as warehouse:
        return warehouse.check()
