"""Each value is shown with the page of its stream that was known at the same moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from include.warehouse import Warehouse
from tests.warehouse.batches import NOON, Row, at, publish
from tests.warehouse.landed import page, store
from tests.warehouse.ledger_copies import mart

HOUR = timedelta(hours=1)
SHOWN = "timestamp, source, open_interest, current, page_path, request_id, charged_credits"


@pytest.fixture
def warehouse(emptied_warehouse: Warehouse) -> Warehouse:
    return emptied_warehouse


def test_a_restated_value_keeps_the_page_that_brought_it(warehouse: Warehouse) -> None:
    publish(warehouse, "b1", [Row(open_interest=1.0, known_at=at(1))])
    publish(warehouse, "b2", [Row(open_interest=2.0, known_at=at(2))])
    store(warehouse, page(1, at(1)), page(2, at(2), "all", charged_credits=None))
    assert mart(warehouse, SHOWN, "open_interest_trace") == [
        (NOON, "kalshi", 1.0, False, "p1", 11, 56),
        (NOON, "kalshi", 2.0, True, "p2", 12, None),
    ]


def test_pages_of_one_moment_differ_by_source_and_window(warehouse: Warehouse) -> None:
    row = Row(known_at=at(1))
    publish(warehouse, "b", [row, row._replace(source="hyperliquid"), row._replace(timestamp=NOON + HOUR)])
    store(
        warehouse,
        page(1, at(1), window_end=NOON + HOUR),
        page(2, at(1), "hyperliquid"),
        page(3, at(1), window_start=NOON + HOUR),
        page(4, at(1), interval="5m"),
    )
    assert mart(warehouse, "timestamp, source, page_path", "open_interest_trace") == [
        (NOON, "hyperliquid", "p2"), (NOON, "kalshi", "p1"), (NOON + HOUR, "kalshi", "p3"),
    ]  # fmt: skip


def test_a_value_without_a_copied_page_is_shown_without_one(warehouse: Warehouse) -> None:
    publish(warehouse, "b", [Row()])
    assert mart(warehouse, SHOWN, "open_interest_trace") == [(NOON, "kalshi", 1.0, True, None, None, None)]


def test_copying_continues_at_the_first_page_without_a_charge(warehouse: Warehouse) -> None:
    assert (warehouse.pages_copied().next, warehouse.pages_copied().pages) == (1, 0)
    store(warehouse, page(1, at(1)), page(2, at(2), charged_credits=None), page(3, at(3)))
    assert (warehouse.pages_copied().next, warehouse.pages_copied().pages) == (2, 1)
    store(warehouse, page(2, at(2), ledger_as_of=at(10)))
    assert (warehouse.pages_copied().next, warehouse.pages_copied().pages) == (4, 3)
    store(warehouse, page(2, at(2), charged_credits=None))
    assert warehouse.pages_copied().next == 4, "an older copy changes nothing"
