"""Small copies of the ledger for the marts: coverage, charges, a billing cycle, derived time; and what a mart shows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import pyarrow as pa

from include.domain.market import Interval
from include.warehouse import Warehouse
from include.warehouse.session import bi_database
from tests.warehouse.batches import NOON, at

MIDNIGHT = NOON.replace(hour=0)
DAY = timedelta(days=1)
FIGURES, STREAM = ("settled_credits", "reserved_credits", "requests", "rows"), ("source", "interval")
COVERAGE = pa.schema(
    [
        *((name, pa.string()) for name in ("source", "interval", "symbol", "found")),
        *((name, pa.timestamp("s", "UTC")) for name in ("first_bucket", "after_last")),
        ("step_seconds", pa.uint32()),
        ("proven", pa.bool_()),
        *((name, pa.timestamp("ms", "UTC")) for name in ("observed_at", "ledger_as_of")),
        ("doubts", pa.list_(pa.string())),
    ]
)
SPEND = pa.schema(
    [
        ("day", pa.date32()),
        ("lane", pa.string()),
        ("symbol", pa.string()),
        *((name, pa.int64()) for name in FIGURES),
        ("ledger_as_of", pa.timestamp("ms", "UTC")),
        (
            "parts",
            pa.list_(pa.struct([*((name, pa.string()) for name in STREAM), *((name, pa.int64()) for name in FIGURES)])),
        ),
    ]
)
SYMBOLS = pa.schema(
    [
        *((name, pa.string()) for name in ("symbol", "name", "status")),
        ("sources", pa.list_(pa.string())),
        *((name, pa.timestamp("ms", "UTC")) for name in ("first_listed_at", "last_listed_at", "ledger_as_of")),
    ]
)
CYCLE = pa.schema(
    [
        *((name, pa.date32()) for name in ("first_day", "after_last")),
        ("allowance_credits", pa.int64()),
        ("ledger_as_of", pa.timestamp("ms", "UTC")),
    ]
)
DERIVED = pa.schema(
    [
        *((name, pa.string()) for name in ("source", "interval", "symbol")),
        *((name, pa.list_(pa.timestamp("s", "UTC"))) for name in ("derived_from", "derived_until")),
        ("step_seconds", pa.uint32()),
        ("ledger_as_of", pa.timestamp("ms", "UTC")),
    ]
)


def covered(first: datetime, last: datetime, found: str = "rows", proven: bool = False, **more: Any) -> dict[str, Any]:
    interval = Interval(more.get("interval", "1h"))
    return {
        "source": "kalshi", "interval": interval.value, "symbol": "BTC", "first_bucket": first, "after_last": last,
        "step_seconds": interval.seconds, "found": found, "proven": proven, "observed_at": NOON, "ledger_as_of": at(0),
        "doubts": [],
    } | more  # fmt: skip


def spent(**more: Any) -> dict[str, Any]:
    return {
        "day": date(2026, 3, 7), "lane": "hourly", "symbol": "BTC", "settled_credits": 350, "reserved_credits": 0,
        "requests": 1, "rows": 100, "ledger_as_of": at(0),
    } | more  # fmt: skip


def listed(symbol: str, **more: Any) -> dict[str, Any]:
    return {
        "symbol": symbol, "name": None, "status": "listed", "sources": ["kalshi"], "first_listed_at": at(-60),
        "last_listed_at": at(0), "ledger_as_of": at(0),
    } | more  # fmt: skip


def cycle(**more: Any) -> dict[str, Any]:
    return {
        "first_day": date(2026, 3, 1), "after_last": date(2026, 4, 1), "allowance_credits": 31_000,
        "ledger_as_of": at(0),
    } | more  # fmt: skip


def copy_ledger(
    warehouse: Warehouse,
    coverage: list[dict[str, Any]] | None = None,
    spend: list[dict[str, Any]] | None = None,
    **more: Any,
) -> None:
    """One copy, as of the time of its first row; `more` is of its billing cycle."""
    rows = [*(coverage or []), *(spend or [])]
    its_cycle = cycle(**{"ledger_as_of": rows[0]["ledger_as_of"] if rows else at(0), **more})
    warehouse.store_ledger(
        pa.Table.from_pylist(coverage or [], COVERAGE),
        pa.Table.from_pylist(spend or [], SPEND),
        pa.Table.from_pylist([its_cycle], CYCLE),
    )


def copy_derived(warehouse: Warehouse, *stretches: tuple[datetime, datetime], minutes: int = 0, **more: Any) -> None:
    copy_all(warehouse, [Derived(stretches=stretches, minutes=minutes, **more)])


class Derived(NamedTuple):
    """Where a series is derived from 5m rows, by a copy of the ledger made `minutes` after noon."""

    source: str = "kalshi"
    symbol: str = "BTC"
    interval: str = "1h"
    stretches: tuple[tuple[datetime, datetime], ...] = ()
    minutes: int = 0

    @property
    def series(self) -> tuple[str, str, str]:
        return self[:3]

    @property
    def row(self) -> dict[str, Any]:
        return {
            "source": self.source, "interval": self.interval, "symbol": self.symbol,
            "step_seconds": Interval(self.interval).seconds, "ledger_as_of": at(self.minutes),
            "derived_from": [start for start, _ in self.stretches], "derived_until": [end for _, end in self.stretches],
        }  # fmt: skip


def copy_all(warehouse: Warehouse, copies: list[Derived]) -> None:
    """Stores where several series are derived, or one."""
    warehouse.store_derived(pa.Table.from_pylist([one.row for one in copies], DERIVED))


def mart(warehouse: Warehouse, columns: str, name: str) -> list[tuple[Any, ...]]:
    return warehouse.query_rows(f"SELECT {columns} FROM {bi_database(warehouse.database)}.{name} ORDER BY ALL")[1]
