from __future__ import annotations

from datetime import timedelta

from include.warehouse import Warehouse
from include.warehouse.housekeeping import wait_for_part_removal
from tests.warehouse.batches import NOON, Row, publish


def test_merged_parts_are_gone_when_the_wait_ends(warehouse: Warehouse):
    for hour in range(3):
        publish(warehouse, f"b{hour}", [Row(timestamp=NOON + timedelta(hours=hour))])
    for table in ("open_interest_current", "open_interest_observations"):
        warehouse._session.command(f"OPTIMIZE TABLE {warehouse.database}.{table} FINAL")
    assert wait_for_part_removal(warehouse._session, many=1, patience_seconds=30) == 0
    assert warehouse.counts().rows == 3


def test_a_few_old_parts_are_not_waited_for(warehouse: Warehouse):
    assert wait_for_part_removal(warehouse._session, many=10_000, patience_seconds=1e9) < 10_000
