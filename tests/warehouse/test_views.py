from __future__ import annotations

import re
from datetime import timedelta

import pytest

from include.warehouse import Warehouse
from tests.warehouse.batches import NOON, Row, at, current, publish

COLUMNS = {
    "timestamp": "DateTime('UTC')",
    "symbol": "LowCardinality(String)",
    "source": "LowCardinality(String)",
    "interval": "LowCardinality(String)",
    "open_interest": "Float64",
    "open_interest_usd": "Nullable(Float64)",
    "known_at": "DateTime64(3, 'UTC')",
}
STORY = [
    Row(open_interest=1.0, open_interest_usd=10.0, known_at=at(0)),
    Row(open_interest=2.0, open_interest_usd=10.0, known_at=at(10)),
    Row(open_interest=2.0, open_interest_usd=10.0, known_at=at(20)),
    Row(open_interest=2.0, open_interest_usd=None, known_at=at(30)),
    Row(timestamp=NOON + timedelta(hours=1), open_interest=7.0, known_at=at(15)),
    Row(symbol="ETH", source="hyperliquid", open_interest=5.0, known_at=at(25)),
]


@pytest.fixture
def warehouse(emptied_warehouse: Warehouse) -> Warehouse:
    return emptied_warehouse


@pytest.fixture
def storied(warehouse: Warehouse) -> Warehouse:
    """A warehouse that holds STORY, in two batches."""
    publish(warehouse, "b0", STORY[::2])
    publish(warehouse, "b1", STORY[1::2])
    return warehouse


def as_of(warehouse: Warehouse, minutes: float) -> list[Row]:
    moment = at(minutes).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    sql = f"SELECT {', '.join(Row._fields)} FROM open_interest_as_of(moment = '{moment}')"
    return sorted(Row(*row) for row in warehouse.query_rows(sql)[1])


def test_open_interest_has_exactly_the_promised_columns(warehouse: Warehouse):
    described = warehouse.query_rows("DESCRIBE TABLE open_interest")[1]
    assert {row[0]: row[1] for row in described} == COLUMNS
    assert [row[0] for row in described] == list(COLUMNS)
    assert all(row[4] for row in described), "each column says what it is"


def test_history_adds_the_batch_that_brought_the_value(storied: Warehouse):
    described = storied.query_rows("DESCRIBE TABLE open_interest_history")[1]
    assert [row[0] for row in described] == [*COLUMNS, "batch_id"]
    assert storied.query_rows("SELECT batch_id FROM open_interest_history WHERE symbol = 'ETH'")[1] == [("b1",)]


def test_rule_6_as_of_shows_what_was_known_then(storied: Warehouse):
    for minutes in (-1, 0, 9.99, 10, 15, 22, 30, 1000):
        assert as_of(storied, minutes) == current(row for row in STORY if row.known_at <= at(minutes)), minutes


def test_as_of_a_millisecond_earlier_is_the_value_before(storied: Warehouse):
    assert [row.open_interest for row in as_of(storied, 10 - 1 / 60_000)] == [1.0]
    assert [row.open_interest for row in as_of(storied, 10)] == [2.0]


def test_restatements_show_both_values_and_both_times(storied: Warehouse):
    columns, rows = storied.query_rows("SELECT * FROM open_interest_restatements ORDER BY known_at")
    first, second = (dict(zip(columns, row, strict=True)) for row in rows)
    assert (first["previous_open_interest"], first["open_interest"]) == (1.0, 2.0)
    assert (first["previous_known_at"], first["known_at"]) == (at(0), at(10))
    assert (second["previous_open_interest_usd"], second["open_interest_usd"]) == (10.0, None)
    assert (second["previous_known_at"], second["known_at"]) == (at(10), at(30))


def test_latest_has_one_row_for_each_series(storied: Warehouse):
    rows = storied.query_rows("SELECT symbol, timestamp, open_interest FROM open_interest_latest ORDER BY symbol")[1]
    assert rows == [("BTC", NOON + timedelta(hours=1), 7.0), ("ETH", NOON, 5.0)]


@pytest.mark.parametrize("view", ["open_interest", "open_interest_history", "open_interest_latest"])
def test_a_look_up_through_a_view_reads_only_its_own_partition(storied: Warehouse, view: str):
    plan = storied.query_rows(f"EXPLAIN indexes = 1 SELECT * FROM {view} WHERE source = 'kalshi' AND symbol = 'BTC'")[1]
    text = "\n".join(row[0] for row in plan)
    found = re.search(r"Parts: (\d+)/(\d+)", text)
    assert found, text
    assert int(found[1]) < int(found[2]), text
