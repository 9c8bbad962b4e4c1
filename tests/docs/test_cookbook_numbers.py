"""The cookbook's queries give right numbers where days, hours and US dollars are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from include.settings import Settings
from include.warehouse import open_warehouse
from include.warehouse.reading import Reader, open_reader
from tests.docs.test_cookbook import answer
from tests.warehouse.batches import Row, publish
from tests.warehouse.ledger_copies import copy_derived, copy_ledger, covered, spent

MARCH, FEBRUARY, JANUARY = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 2, 1))
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BINANCE, HYPERLIQUID = "binance_futures", "hyperliquid"


def closes() -> list[Row]:
    """Daily rows in March: one venue stops after three days and loses its price, the other misses a day."""
    coins_and_prices = {
        BINANCE: {5: (10, 1.0), 6: (20, 2.0), 7: (30, 3.0), 8: (40, None)},
        HYPERLIQUID: {5: (5, 1.0), 6: (6, 2.0), 8: (8, 4.0), 9: (9, 8.0)},
    }
    return [
        Row(MARCH + (day - 1) * DAY, "BTC", source, "1d", coins, None if price is None else coins * price)
        for source, days in coins_and_prices.items()
        for day, (coins, price) in days.items()
    ]


def hours() -> list[Row]:
    """Hourly rows in February, without US dollars: one venue lost an hour."""
    values = {BINANCE: {0: 1, 1: 2, 2: 9, 3: 8}, HYPERLIQUID: {0: 1, 1: 3, 3: 40}}
    return [
        Row(FEBRUARY + hour * HOUR, "BTC", source, "1h", value)
        for source, of_hours in values.items()
        for hour, value in of_hours.items()
    ]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, fresh_home: Callable[[Path], Path]) -> Iterator[Reader]:
    """Also: a close corrected in US dollars alone, snapshots from which hours are derived, credits without a row."""
    settings = Settings(home=fresh_home(tmp_path_factory.mktemp("cookbook") / "home"))
    daily = closes()
    snapshots = [Row(JANUARY + hour * HOUR, interval="5m") for hour in range(3)]
    corrected = daily[0]._replace(open_interest_usd=11.0, known_at=MARCH + 30 * DAY)
    with open_warehouse(settings) as opened:
        publish(opened, "b1", [*daily, *hours(), *snapshots])
        publish(opened, "b2", [corrected])
        copy_derived(opened, (JANUARY, JANUARY + DAY))
        requested = covered(FEBRUARY, FEBRUARY + 2 * HOUR, source=BINANCE)
        copy_ledger(opened, [requested], [spent(settled_credits=300), spent(symbol="ETH", settled_credits=50)])
    with open_reader(settings) as reader:
        yield reader


def test_open_interest_and_price_are_compared_over_the_same_two_days(warehouse: Reader) -> None:
    """After a missing day there is nothing to compare with, and a day without a price has no reading."""
    found = [(row["day"].day, row["source"], row["price_ratio"], row["reading"]) for row in answer(warehouse, 9)]
    of_binance = [(6, BINANCE, pytest.approx(2 / 1.1 - 1), "new longs"), (7, BINANCE, 0.5, "new longs")]
    assert found == [*of_binance, (6, HYPERLIQUID, 1.0, "new longs"), (9, HYPERLIQUID, 1.0, "new longs")]


def test_daily_closes_have_a_line_for_a_day_without_any(warehouse: Reader) -> None:
    found = [(row["day"], row["binance_usd"], row["hyperliquid_usd"]) for row in answer(warehouse, 10)]
    assert found[-5:] == [
        (date(2026, 3, 5), 11.0, 5.0), (date(2026, 3, 6), 40.0, 12.0), (date(2026, 3, 7), 90.0, None),
        (date(2026, 3, 8), None, 32.0), (date(2026, 3, 9), None, 72.0),
    ]  # fmt: skip
    assert (date(2026, 2, 1), None, None) in found


def test_a_correlation_is_over_changes_of_one_hour(warehouse: Reader) -> None:
    """Across a lost hour a change is of two hours, which says nothing beside one of one hour."""
    ((hours,),) = [(row["hours"],) for row in answer(warehouse, 13)]
    assert hours == 1


def test_a_moving_average_spans_days_not_rows(warehouse: Reader) -> None:
    found = {(row["day"].day, row["source"]): row for row in answer(warehouse, 14) if row["day"] >= MARCH.date()}
    binance, hyperliquid = found[8, BINANCE], found[9, HYPERLIQUID]
    assert (binance["mean_7d_usd"], binance["days"]) == (pytest.approx((11 + 40 + 90) / 3), 3)
    assert (hyperliquid["mean_7d_usd"], hyperliquid["days"]) == (pytest.approx((5 + 12 + 32 + 72) / 4), 4)


def test_no_day_is_more_than_complete(warehouse: Reader) -> None:
    """Rows beside the time that was requested do not count."""
    assert [(row["known"], row["expected"], row["known_ratio"]) for row in answer(warehouse, 16)] == [(2, 2, 1.0)]


def test_a_correction_in_us_dollars_alone_is_shown(warehouse: Reader) -> None:
    (row,) = answer(warehouse, 18)
    assert (row["reported"], row["corrected"], row["reported_usd"], row["corrected_usd"]) == (10.0, 10.0, 10.0, 11.0)


def test_derived_rows_cost_nothing_and_credits_without_a_row_are_shown(warehouse: Reader) -> None:
    found = {
        row["symbol"]: (row["credits"], row["rows_stored"], row["credits_per_row"]) for row in answer(warehouse, 20)
    }
    assert found == {"BTC": (300, 18, pytest.approx(300 / 18)), "ETH": (50, 0, None)}
