"""Coarse rows read off 5m rows, and the comparison that proves them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from include.domain.market import Interval, Series
from include.warehouse import Warehouse
from tests.warehouse.batches import NOON, Row, at, publish, sentences
from tests.warehouse.ledger_copies import DAY, MIDNIGHT, copy_derived, copy_ledger, covered

HOUR = timedelta(hours=1)


@pytest.fixture
def warehouse(emptied_warehouse: Warehouse) -> Warehouse:
    return emptied_warehouse


def snapshots(hours: int, **more: Any) -> list[Row]:
    """5m rows from midnight on, whose open interest counts up from 1."""
    moments = ((number, MIDNIGHT + number * timedelta(minutes=5)) for number in range(12 * hours))
    return [Row(**{"timestamp": moment, "interval": "5m", "open_interest": 1.0 + n, **more}) for n, moment in moments]


def hourly(*hours: int, more: float = 0.0) -> list[Row]:
    return [Row(timestamp=MIDNIGHT + hour * HOUR, open_interest=1.0 + 12 * hour + more) for hour in hours]


def hours_of(warehouse: Warehouse, columns: str = "toHour(timestamp), open_interest, derived") -> list[tuple[Any, ...]]:
    return warehouse.query_rows(f"SELECT {columns} FROM bi.open_interest WHERE interval = '1h' ORDER BY ALL")[1]


def compare(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    since = dict.fromkeys(Interval, MIDNIGHT)
    found = warehouse.compare_with_snapshots(since, dict.fromkeys(Interval, 2))
    assert found.keys() == {Series("BTC", "kalshi", Interval.H1)}
    return [(day.day, day.sampled, day.equal, day.difference) for days in found.values() for day in days]


def test_rows_are_read_off_5m_within_the_stretches_and_bought_ones_win(warehouse: Warehouse) -> None:
    publish(warehouse, "b", [*snapshots(6), *hourly(1, more=0.5)])
    assert hours_of(warehouse) == [(1, 13.5, False)]
    copy_derived(warehouse, (MIDNIGHT, MIDNIGHT + 3 * HOUR), (MIDNIGHT + 4 * HOUR, MIDNIGHT + 5 * HOUR))
    assert hours_of(warehouse) == [(0, 1.0, True), (1, 13.5, False), (2, 25.0, True), (4, 49.0, True)]
    assert sentences(warehouse, "open_interest", "open_interest_daily", "open_interest_latest") == []


def test_a_late_or_restated_5m_row_is_in_the_derived_one_at_once(warehouse: Warehouse) -> None:
    publish(warehouse, "first", snapshots(1, open_interest_usd=None))
    copy_derived(warehouse, (MIDNIGHT, MIDNIGHT + DAY))
    again = [Row(timestamp=MIDNIGHT, interval="5m", open_interest=7.0, open_interest_usd=9.0, known_at=at(60))]
    late = [Row(timestamp=MIDNIGHT + HOUR, interval="5m", open_interest=8.0, open_interest_usd=None)]
    publish(warehouse, "second", [*again, *late])
    columns = "toHour(timestamp), open_interest, open_interest_usd"
    assert hours_of(warehouse, columns) == [(0, 7.0, 9.0), (1, 8.0, None)]


def test_a_bought_row_that_comes_later_takes_the_place_of_the_derived_one(warehouse: Warehouse) -> None:
    publish(warehouse, "b", snapshots(1))
    copy_derived(warehouse, (MIDNIGHT, MIDNIGHT + DAY))
    publish(warehouse, "bought", hourly(0, more=2.0))
    assert hours_of(warehouse) == [(0, 3.0, False)]


def test_the_newest_copy_counts_in_any_order(warehouse: Warehouse) -> None:
    publish(warehouse, "b", snapshots(2))
    copy_derived(warehouse, minutes=1)
    copy_derived(warehouse, (MIDNIGHT, MIDNIGHT + DAY))
    assert hours_of(warehouse) == []


def test_what_was_received_is_never_a_derived_row(warehouse: Warehouse) -> None:
    publish(warehouse, "b", snapshots(2))
    copy_derived(warehouse, (MIDNIGHT, MIDNIGHT + DAY))
    received = f"SELECT count() FROM {warehouse.database}.open_interest WHERE interval != '5m'"
    assert warehouse.query_rows(received)[1] == [(0,)]


def test_day_is_compared_by_bucket_and_shows_its_first_difference(warehouse: Warehouse) -> None:
    publish(warehouse, "b", [*snapshots(6), *hourly(0, 1, 4), *hourly(2, 3, more=0.5)])
    copy_ledger(warehouse, [read("5m", 6), read("1h", 5)])
    [(*counted, difference)] = compare(warehouse)
    assert counted == [date(2026, 3, 7), 5, 3]
    assert "2026-03-07T02:00Z it is 25.5" in difference
    assert "the 5m snapshot 25 " in difference


def test_dollars_count_as_well_and_none_equals_only_none(warehouse: Warehouse) -> None:
    coarse = [Row(timestamp=MIDNIGHT + hour * HOUR, open_interest=1.0 + 12 * hour, open_interest_usd=usd)
              for hour, usd in ((0, None), (1, 5.0))]  # fmt: skip
    publish(warehouse, "b", [*snapshots(2, open_interest_usd=None), *coarse])
    copy_ledger(warehouse, [read("5m", 2), read("1h", 2)])
    assert [one[1:3] for one in compare(warehouse)] == [(2, 1)]


def test_provisional_buckets_are_not_compared(warehouse: Warehouse) -> None:
    """A bucket that could still change when it was read proves nothing."""
    publish(warehouse, "b", [*snapshots(6), *hourly(0, 1, 2, 3, 4)])
    copy_ledger(warehouse, [read("5m", 6), read("1h", 5, observed_at=MIDNIGHT + 5 * HOUR)])
    assert [one[1:3] for one in compare(warehouse)] == [(4, 4)]


def read(interval: str, hours: int, **more: Any) -> dict[str, Any]:
    return covered(MIDNIGHT, MIDNIGHT + hours * HOUR, **{"interval": interval, "observed_at": NOON, **more})
