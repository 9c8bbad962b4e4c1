"""The ledger told to the warehouse: coverage, charges, the billing cycle, what is derived, for marts that need them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from include.domain.clock import Clocks
from include.domain.market import Series
from include.ledger.credits import limits
from include.ledger.credits.spend_position import SpendPosition
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.queries.clocks import clocks_now
from include.ledger.queries.spend_by_day import DaySpend, spend_by_day
from include.ledger.work.coverage import coverage_of
from include.pipeline.scope.derived_intervals import all_derived
from include.pipeline.scope.policies import freshness_of
from include.pipeline.steps.settle.compare_derived import compare_with_snapshots
from include.planning.derived_intervals import Derived
from include.planning.windows.coverage import PROVEN_READS, Coverage
from include.settings import Budget, Settings
from include.warehouse.connect import ClientFactory, open_warehouse

if TYPE_CHECKING:
    import pyarrow as pa

    from include.warehouse.warehouse import Warehouse

NOTE = "told"
"""The file in OI_HOME with a checksum of what was told last, and to which warehouse."""


def sync_marts(settings: Settings, client_factory: ClientFactory | None = None, *, only_news: bool = False) -> None:
    """Tells the warehouse what the ledger knows now; the same again, or at another time, does no harm.

    With `only_news` the settings' own warehouse is opened only where the ledger holds what it was not told last.
    With `series.derive` coarse rows are compared with 5m rows on the way, so that what is told as derived is proven.
    """
    note = settings.home / NOTE
    with open_ledger(settings.ledger_url) as ledger:
        with ledger.read() as connection:
            # Taken before reading: what is settled meanwhile belongs to a later telling.
            clocks = clocks_now(connection, ledger.process_id)
            coverage, spend = coverage_of(connection), spend_by_day(connection)
            position = limits.spend_position(connection, settings.budget, clocks.for_billing)
        told = _checksum(settings, coverage, spend)
        if only_news and (not spend or (note.exists() and note.read_text() == told)):
            return
        with open_warehouse(settings, client_factory) as warehouse:
            told_at = _told_at(warehouse, ledger, clocks)
            cycle = _cycle_table(position, settings.budget, told_at)
            warehouse.tell_ledger(_coverage_table(coverage, told_at), _spend_table(spend, told_at), cycle)
            compare_with_snapshots(settings, ledger, warehouse, coverage, freshness_of(settings))
            with ledger.read() as connection:
                clocks, found = clocks_now(connection, ledger.process_id), all_derived(connection, settings)
            warehouse.tell_derived(_derived_table(found, _told_at(warehouse, ledger, clocks)))
    if client_factory is None:  # else it may have been another warehouse
        with suppress(OSError):  # without the note all is told once more
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(told)


def _told_at(warehouse: Warehouse, ledger: Ledger, clocks: Clocks) -> datetime:
    """The date of what was read at `clocks`: just after a telling that a clock which ran ahead has dated.

    Readers see the newest telling alone. While clocks agree, one that is later by them was read later, and stands.
    """
    told_at, last = clocks.for_records, warehouse.last_told_at()
    with ledger.read() as connection:
        ran_ahead = clocks.differ or last > clocks_now(connection, ledger.process_id).for_records
    return max(told_at, last + timedelta(milliseconds=1)) if ran_ahead else told_at


def _checksum(settings: Settings, coverage: Coverage, spend: Sequence[DaySpend]) -> str:
    warehouse = settings.warehouse
    address = (warehouse.host, warehouse.port, warehouse.database)
    return sha256(repr((address, sorted(coverage.items()), spend)).encode()).hexdigest()


def _coverage_table(coverage: Coverage, told_at: datetime) -> pa.Table:
    import pyarrow as pa

    rows = [
        {
            "source": series.source,
            "interval": series.interval.value,
            "symbol": series.symbol,
            "first_bucket": entry.stretch.start,
            "after_last": entry.stretch.end,
            "step_seconds": series.interval.seconds,
            "found": entry.found,
            "proven": entry.empty_reads >= PROVEN_READS,
            "doubts": [doubt.value for doubt in entry.doubts],
            "observed_at": entry.observed_at,
            "told_at": told_at,
        }
        for series, entries in coverage.items()
        for entry in entries
    ]
    types: dict[str, pa.DataType] = {
        **dict.fromkeys(("source", "interval", "symbol", "found"), pa.string()),
        **dict.fromkeys(("first_bucket", "after_last"), pa.timestamp("s", "UTC")),
        **dict.fromkeys(("observed_at", "told_at"), pa.timestamp("ms", "UTC")),
        "step_seconds": pa.uint32(),
        "proven": pa.bool_(),
        "doubts": pa.list_(pa.string()),
    }
    return pa.Table.from_pylist(rows, schema=pa.schema(types))


def _derived_table(found: Mapping[Series, Derived], told_at: datetime) -> pa.Table:
    import pyarrow as pa

    rows = [
        {
            "source": series.source,
            "interval": series.interval.value,
            "symbol": series.symbol,
            "step_seconds": series.interval.seconds,
            "derived_from": [part.start for part in one.stretches],
            "derived_until": [part.end for part in one.stretches],
            "told_at": told_at,
        }
        for series, one in found.items()
    ]
    types: dict[str, pa.DataType] = {
        **dict.fromkeys(("source", "interval", "symbol"), pa.string()),
        **dict.fromkeys(("derived_from", "derived_until"), pa.list_(pa.timestamp("s", "UTC"))),
        "step_seconds": pa.uint32(),
        "told_at": pa.timestamp("ms", "UTC"),
    }
    return pa.Table.from_pylist(rows, schema=pa.schema(types))


def _spend_table(spend: Iterable[DaySpend], told_at: datetime) -> pa.Table:
    import pyarrow as pa

    rows = [asdict(one) | {"told_at": told_at} for one in spend]
    types: dict[str, pa.DataType] = {
        **dict.fromkeys(("lane", "symbol"), pa.string()),
        **dict.fromkeys(("settled_credits", "reserved_credits", "requests", "rows"), pa.int64()),
        "day": pa.date32(),
        "told_at": pa.timestamp("ms", "UTC"),
    }
    return pa.Table.from_pylist(rows, schema=pa.schema(types))


def _cycle_table(position: SpendPosition, budget: Budget, told_at: datetime) -> pa.Table:
    import pyarrow as pa

    row = {
        "first_day": position.cycle.start.date(),
        "after_last": position.cycle.end.date(),
        "allowance_credits": limits.allowance_of(position, budget),
        "told_at": told_at,
    }
    types: dict[str, pa.DataType] = {
        **dict.fromkeys(("first_day", "after_last"), pa.date32()),
        "allowance_credits": pa.int64(),
        "told_at": pa.timestamp("ms", "UTC"),
    }
    return pa.Table.from_pylist([row], schema=pa.schema(types))
