"""Status: where things stand, from the ledger and the warehouse; asks the vendor nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from include.alarms.alarm import errors_first
from include.alarms.clocks import clock_notes
from include.domain.market import Series
from include.domain.time_range import TimeRange, buckets, merge
from include.kwery.answers.doubts import Doubt
from include.ledger.credits import limits
from include.ledger.credits.account import Reading, newest_reading
from include.ledger.database.engine import open_ledger
from include.ledger.queries.reconciliation import Reconciliation, reconciliation_of
from include.ledger.queries.status import MonthSpend, spend_by_month, windows_by_state
from include.ledger.work.clocks import clocks_now
from include.ledger.work.coverage import coverage_of
from include.ledger.work.runs import RunSummary, last_runs
from include.pipeline.monitoring.alarms import alarms_of, stored_alarms
from include.pipeline.monitoring.symbols import counts_of
from include.pipeline.scope.derived_intervals import derived_notes, derived_of
from include.pipeline.scope.resolve_symbols import known_universe, wanted_series
from include.planning.windows.coverage import Coverage, in_doubt
from include.settings import Settings
from include.warehouse.connect import ClientFactory, open_warehouse

if TYPE_CHECKING:
    from include.warehouse.query import Counts

_RUNS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Status:
    """Alarms, credits, rows, coverage, open work and the last runs."""

    alarms: list[dict[str, Any]]
    """Name, severity, subject and sentence of each; errors first."""
    credits: dict[str, int | None]
    rows: dict[str, int]
    requests: int
    account: Reading | None
    reconciliation: Reconciliation | None
    """The ledger beside the account in this billing cycle; None before the account was read."""
    series: list[dict[str, Any]]
    """A series each: its covered stretches, stretches that answered empty, those of them whose silence proves nothing,
    with why; rows stored, first and last row."""
    symbols: dict[str, int]
    """Wanted symbols by state: alive, gone, silent, refused."""
    windows: dict[str, int]
    spend: list[MonthSpend]
    runs: list[RunSummary]
    notes: list[str]
    """Clocks that differ, what is derived, and what is bought until it is proven."""
    as_of: datetime
    vendor_now: datetime
    """The vendor's clock at `as_of`, as far as it is known; the worker's where that is earlier by minutes."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values and instants."""
        return asdict(self)


def status(settings: Settings) -> Status:
    """Where things stand now."""
    missing, counts = stored_alarms(settings)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        spend = spend_by_month(connection)
        clocks = clocks_now(connection, ledger.process_id)
        found, universe = reconciliation_of(connection), known_universe(connection, settings)
        alarms = errors_first([*alarms_of(connection, settings, clocks), *missing])
        return Status(
            alarms=[alarm.to_dict() for alarm in alarms],
            credits=_credits(connection, settings, spend, clocks.for_billing),
            rows={"stored": counts.rows, "quarantined": counts.quarantined},
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


def _credits(
    connection: Connection, settings: Settings, spend: Sequence[MonthSpend], now: datetime
) -> dict[str, int | None]:
    position = limits.spend_position(connection, settings.budget, now)
    return {
        "spent": sum(line.settled_credits for line in spend),
        "reserved": sum(line.reserved_credits for line in spend),
        "remaining": limits.left_of(position, settings.budget),
        "limit": position.account.credits_limit if position.account else None,
    }


def _by_length(item: tuple[Series, object]) -> tuple[str, str, int]:
    """Short intervals first."""
    return item[0].symbol, item[0].source, item[0].interval.seconds


def _series(coverage: Coverage, counts: Counts) -> list[dict[str, Any]]:
    stored = {(one.symbol, one.source, one.interval): one for one in counts.series}
    lines = []
    for series, entries in sorted(coverage.items(), key=_by_length):
        rows = merge(entry.stretch for entry in entries if entry.found == "rows")
        empty = merge(entry.stretch for entry in entries if entry.found == "empty")
        doubted = in_doubt(entries)
        held = stored.get((series.symbol, series.source, series.interval.value))
        lines.append(
            {
                "symbol": series.symbol,
                "source": series.source,
                "interval": series.interval.value,
                "covered": [[one.start, one.end] for one in rows],
                "empty": [[one.start, one.end] for one in empty],
                "gaps": buckets(empty, series.interval),
                "unproven": sum(buckets(stretches, series.interval) for stretches in doubted.values()),
                "doubts": [_doubted(doubts, stretches) for doubts, stretches in doubted.items()],
                "rows": held.rows if held else 0,
                "first": held.first if held else None,
                "last": held.last if held else None,
            }
        )
    return lines


def _doubted(doubts: Sequence[Doubt], stretches: Sequence[TimeRange]) -> dict[str, Any]:
    return {"reasons": [doubt.value for doubt in doubts], "stretches": [[one.start, one.end] for one in stretches]}


def check_marts(settings: Settings, client_factory: ClientFactory | None = None) -> list[str]:
    """A sentence for each thing that cannot be right, with what to do; none when all checks hold."""
    with open_warehouse(settings, client_factory) as warehouse:
        return warehouse.check()
