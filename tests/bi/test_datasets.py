"""What metrics and queries of the datasets say of rows that are easy to count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from include.settings import Settings
from include.warehouse import Warehouse, open_warehouse
from tests import clock
from tests.bi.assets import dataset_named, expression_of
from tests.warehouse.batches import NOON, Row, at, publish
from tests.warehouse.ledger_copies import MIDNIGHT, copy_ledger, covered, spent

HOUR = timedelta(hours=1)
BINANCE, HYPERLIQUID = "binance_futures", "hyperliquid"


@pytest.fixture
def warehouse(tmp_path: Path, fresh_home: Callable[[Path], Path]) -> Iterator[Warehouse]:
    with open_warehouse(Settings(home=fresh_home(tmp_path / "home"))) as opened:
        yield opened


def asked(warehouse: Warehouse, name: str, *columns: str, by: str = "", where: str = "true") -> list[tuple[Any, ...]]:
    """The rows of a table chart: a dataset's metrics, grouped by its columns `by`."""
    dataset = dataset_named(name)
    groups = [expression_of(dataset, column) for column in by.split()]
    shown = [*groups, *(expression_of(dataset, column) for column in columns)]
    grouped = f"GROUP BY {', '.join(groups)}" if groups else ""
    sql = f"SELECT {', '.join(shown)} FROM bi.{name} WHERE {where} {grouped} ORDER BY ALL"
    return warehouse.query_rows(sql)[1]


def last_hour() -> datetime:
    """The newest full hour of the engine's clock, which cannot be moved."""
    return clock.real_now().replace(minute=0, second=0, microsecond=0) - HOUR


def test_venues_have_the_names_that_people_write(warehouse: Warehouse) -> None:
    publish(warehouse, "b", [Row(last_hour(), source=source) for source in (BINANCE, HYPERLIQUID, "kalshi")])
    venues = [row[0] for row in asked(warehouse, "open_interest_now", by="venue")]
    assert venues == ["All", "Binance Futures", "Hyperliquid", "Kalshi"]


def test_a_total_is_of_the_fresh_venues(warehouse: Warehouse) -> None:
    stale = last_hour() - timedelta(days=2)
    publish(
        warehouse,
        "b",
        [
            Row(last_hour(), "BTC", BINANCE, "1h", 1.0, 10.0),
            Row(stale, "BTC", HYPERLIQUID, "1h", 1.0, 5.0),
            Row(last_hour(), "ETH", BINANCE, "1h", 1.0, 2.0),
        ],
    )
    assert asked(warehouse, "open_interest_now", "total_usd", by="symbol") == [("BTC", 10.0), ("ETH", 2.0)]
    assert asked(warehouse, "open_interest_now", "total_usd") == [(12.0,)]


def test_where_no_venue_is_fresh_a_total_is_of_their_last_values(warehouse: Warehouse) -> None:
    stale = last_hour() - timedelta(days=2)
    sources = (BINANCE, HYPERLIQUID)
    publish(warehouse, "b", [Row(stale, "BTC", source, "1h", 1.0, 5.0) for source in sources])
    assert asked(warehouse, "open_interest_now", "total_usd", "is_stale", by="symbol") == [("BTC", 10.0, True)]


def test_movers_show_stale_sources_last(warehouse: Warehouse) -> None:
    """However much they moved before."""
    ends = {BINANCE: (last_hour(), 11.0), HYPERLIQUID: (last_hour() - timedelta(days=2), 90.0)}
    rows = [
        Row(end - timedelta(days=day), "BTC", source, "1h", 10.0 if day else value)
        for source, (end, value) in ends.items()
        for day in range(2)
    ]
    publish(warehouse, "b", rows)
    moved = dict(asked(warehouse, "open_interest_now", "size_of_change", by="source", where="source != 'all'"))
    assert moved[BINANCE] == pytest.approx(0.1)
    assert moved[HYPERLIQUID] == -1


def test_a_curve_holds_the_last_value_of_a_silent_venue(warehouse: Warehouse) -> None:
    """For less than a day, and no longer than any series of the interval has rows."""
    hours = [0, 1, 4, 40]
    publish(warehouse, "b", [Row(MIDNIGHT + hour * HOUR, "BTC", BINANCE, "1h", 1.0, 1.0 + hour) for hour in hours])
    curve = dict(asked(warehouse, "open_interest_held", "held_usd_sum", by="timestamp", where="interval = '1h'"))
    held = {0: 1.0, 1: 2.0, 2: 2.0, 3: 2.0} | dict.fromkeys(range(4, 28), 5.0) | {40: 41.0}
    assert curve == {MIDNIGHT + hour * HOUR: value for hour, value in held.items()}


def test_a_curve_adds_up_symbols_of_one_interval(warehouse: Warehouse) -> None:
    rows = [
        Row(MIDNIGHT, symbol, BINANCE, interval, 1.0, 1.0) for symbol in ("BTC", "ETH") for interval in ("5m", "1h")
    ]
    publish(warehouse, "b", rows)
    assert asked(warehouse, "open_interest_held", "held_usd_sum", by="venue", where="interval = '1h'") == [
        ("Binance Futures", 2.0)
    ]


def test_coverage_shows_the_least_complete_symbol(warehouse: Warehouse) -> None:
    """23 of 24 is seen, however many other symbols are complete."""
    stored = [MIDNIGHT + hour * HOUR for hour in range(24)]
    publish(warehouse, "b", [Row(moment, symbol) for symbol in ("BTC", "ETH") for moment in stored])
    publish(warehouse, "c", [Row(moment, "SOL") for moment in stored[:-1]])
    copy_ledger(warehouse, [covered(MIDNIGHT, stored[-1] + HOUR, symbol=symbol) for symbol in ("BTC", "ETH", "SOL")])
    assert asked(warehouse, "coverage", "least_complete", "missing_sum", by="venue_interval") == [
        ("Kalshi 1h", pytest.approx(23 / 24), 1)
    ]


def test_a_row_outside_of_what_was_expected_completes_nothing(warehouse: Warehouse) -> None:
    publish(warehouse, "b", [Row(MIDNIGHT + hour * HOUR) for hour in (0, 12, 13, 14)])
    copy_ledger(warehouse, [covered(MIDNIGHT, MIDNIGHT + 2 * HOUR)])
    assert asked(warehouse, "coverage", "least_complete") == [(0.5,)]


def test_restatements_are_counted_for_every_series(warehouse: Warehouse) -> None:
    publish(warehouse, "b", [Row(open_interest=10.0, known_at=at(0)), Row(symbol="ETH")])
    publish(warehouse, "c", [Row(open_interest=12.0, known_at=at(1))])
    publish(warehouse, "d", [Row(open_interest=9.0, known_at=at(2))])
    shown = ("restated_sum", "largest_change", "newest_time", "newest_before", "newest_after", "newest_known")
    assert asked(warehouse, "restatements_daily", *shown, by="symbol venue interval") == [
        ("BTC", "Kalshi", "1h", 2, pytest.approx(0.25), NOON, 12.0, 9.0, at(2)),
        ("ETH", "Kalshi", "1h", 0, None, None, None, None, None),
    ]


def test_a_useful_row_is_a_stored_one(warehouse: Warehouse) -> None:
    publish(warehouse, "b", [Row(MIDNIGHT + hour * HOUR) for hour in range(10)])
    copy_ledger(warehouse, spend=[spent(settled_credits=80, rows=12), spent(symbol="ETH", settled_credits=50, rows=0)])
    shown = ("credits_per_useful_row", "credits_sum", "rows_stored_sum")
    assert asked(warehouse, "useful_rows", *shown, by="symbol") == [("BTC", 8.0, 80, 10), ("ETH", None, 50, 0)]
