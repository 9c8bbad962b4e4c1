from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from include.warehouse import Warehouse
from include.warehouse.session import Session
from tests.warehouse.batches import NOON, Row, accepted, at, dq, publish, quarantine, shown

PAGES = pa.schema(
    [
        ("page_path", pa.string()),
        ("symbol", pa.string()),
        ("interval", pa.string()),
        ("known_at", pa.timestamp("ms", "UTC")),
    ]
)


def pages(*known_at: object) -> pa.Table:
    rows = [
        {"page_path": f"p{i}", "symbol": "BTC", "interval": "1h", "known_at": moment}
        for i, moment in enumerate(known_at)
    ]
    return pa.Table.from_pylist(rows, PAGES)


@pytest.fixture
def warehouse(emptied_warehouse: Warehouse) -> Warehouse:
    return emptied_warehouse


def test_a_rebuild_from_the_same_pages_gives_the_same_rows(warehouse: Warehouse) -> None:
    first = [Row(open_interest=1.0, known_at=at(1)), Row(open_interest=2.0, known_at=at(2))]
    publish(warehouse, "b1", first)
    before = warehouse.checksums()
    with warehouse.rebuilding(pages(at(1), at(2))) as rebuilt:
        rebuilt("r1", accepted(first), quarantine(), dq())
    after = warehouse.checksums()
    for view in ("open_interest", "open_interest_history", "quarantine"):
        assert after[view] == before[view]


def test_row_no_longer_accepted_gives_way_to_the_value_before(warehouse: Warehouse) -> None:
    publish(warehouse, "b1", [Row(open_interest=1.0, known_at=at(1))])
    publish(warehouse, "b2", [Row(open_interest=2.0, known_at=at(2))])
    with warehouse.rebuilding(pages(at(2))):
        pass
    assert [row.open_interest for row in shown(warehouse, "open_interest")] == [1.0]
    assert [row.open_interest for row in shown(warehouse, "open_interest_history")] == [1.0]


def test_rows_of_pages_that_are_not_replayed_stay(warehouse: Warehouse) -> None:
    other = Row(symbol="ETH", open_interest=5.0, known_at=at(1))
    publish(warehouse, "b1", [Row(open_interest=1.0, known_at=at(1)), other])
    with warehouse.rebuilding(pages(at(1))) as rebuilt:
        rebuilt("r1", accepted([Row(open_interest=9.0, known_at=at(1))]), quarantine(), dq())
    assert {(row.symbol, row.open_interest) for row in shown(warehouse, "open_interest")} == {
        ("BTC", 9.0),
        ("ETH", 5.0),
    }


def test_failed_rebuild_changes_nothing_and_the_next_one_works(warehouse: Warehouse) -> None:
    publish(warehouse, "b1", [Row(open_interest=1.0, known_at=at(1))])
    before = warehouse.checksums()
    with pytest.raises(ZeroDivisionError):
        _rebuild_and_fail(warehouse)
    assert warehouse.checksums() == before
    with warehouse.rebuilding(pages(at(1))):
        pass
    assert shown(warehouse, "open_interest") == []


def test_what_is_published_in_the_moment_of_the_exchange_is_not_lost(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    replayed, kept = Row(open_interest=1.0, known_at=at(1)), Row(symbol="ETH", open_interest=2.0, known_at=at(1))
    late = [Row(symbol="ETH", open_interest=3.0, known_at=at(2)), Row(symbol="SOL", open_interest=4.0, known_at=at(2))]
    publish(warehouse, "b1", [replayed, kept])
    run = Session.run

    def published_before(session: Session, script: str, *arguments: Any, **names: str) -> None:
        if script == "rebuild/03_exchange.sql":
            warehouse.publish("late", accepted(late), quarantine("q1", batch_id="late"), dq("fresh", batch_id="late"))
        run(session, script, *arguments, **names)

    monkeypatch.setattr(Session, "run", published_before)
    with warehouse.rebuilding(pages(at(1))):
        pass
    assert shown(warehouse, "open_interest") == late
    assert shown(warehouse, "open_interest_history") == [kept, *late]
    assert warehouse.counts().quarantined == 1
    assert warehouse.query_rows("SELECT batch_id FROM dq_results")[1] == [("late",)]


def _rebuild_and_fail(warehouse: Warehouse) -> None:
    with warehouse.rebuilding(pages(at(1))) as rebuilt:
        rebuilt("r1", accepted([Row(open_interest=3.0, known_at=at(1))]), quarantine(), dq())
        raise ZeroDivisionError


def test_publishing_goes_on_after_a_rebuild(warehouse: Warehouse) -> None:
    publish(warehouse, "b1", [Row(open_interest=1.0, known_at=at(1))])
    with warehouse.rebuilding(pages(at(1))) as rebuilt:
        rebuilt("r1", accepted([Row(open_interest=1.0, known_at=at(1))]), quarantine(), dq())
    publish(warehouse, "b2", [Row(timestamp=NOON + timedelta(hours=1), open_interest=2.0, known_at=at(3))])
    assert [row.open_interest for row in shown(warehouse, "open_interest")] == [1.0, 2.0]
