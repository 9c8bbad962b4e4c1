from __future__ import annotations

import os
from pathlib import Path

import pytest

from include.settings import Settings
from include.warehouse import WarehouseError, open_warehouse
from tests.kept_engine import EngineKeeper
from tests.warehouse.batches import Row, publish, shown

MARTS = "SELECT count() FROM system.tables WHERE database = 'bi'"
RESTORED = [
    "CREATE VIEW bi.stranger AS SELECT 1",
    "DROP TABLE bi.gaps SYNC",
    "ALTER TABLE market.schema_migrations DELETE WHERE 1 SETTINGS mutations_sync = 1",
]


@pytest.fixture
def homes(kept_engine: EngineKeeper, tmp_path: Path) -> tuple[Settings, Settings]:
    """The homes of two tests, one after the other; the first has a row."""
    first, second = (Settings(home=tmp_path / name) for name in ("first", "second"))
    kept_engine.home(first.home)
    with open_warehouse(first) as warehouse:
        publish(warehouse, "b", [Row()])
    return first, second


def test_a_test_gets_an_open_warehouse_without_rows(
    homes: tuple[Settings, Settings], kept_engine: EngineKeeper
) -> None:
    first, second = homes
    with kept_engine.for_a_test():
        kept_engine.home(second.home)
        with open_warehouse(second) as warehouse:
            assert shown(warehouse, "open_interest") == []
            publish(warehouse, "b", [Row()])
            assert len(shown(warehouse, "open_interest")) == 1
    assert os.path.samefile(first.home / "warehouse", second.home / "warehouse")


@pytest.mark.parametrize("damage", RESTORED, ids=["made", "dropped", "forgotten"])
def test_definitions_that_a_test_changed_are_restored(
    homes: tuple[Settings, Settings], kept_engine: EngineKeeper, damage: str
) -> None:
    first, second = homes
    with open_warehouse(first) as warehouse:
        before = warehouse.query_rows(MARTS)[1]
        warehouse._session.command(damage)
    with kept_engine.for_a_test():
        kept_engine.home(second.home)
        with open_warehouse(second) as warehouse:
            assert warehouse.query_rows(MARTS)[1] == before
            assert shown(warehouse, "open_interest") == []


def test_a_second_home_of_a_test_has_a_warehouse_of_its_own(
    homes: tuple[Settings, Settings], kept_engine: EngineKeeper
) -> None:
    first, second = homes
    kept_engine.home(second.home)
    with open_warehouse(second) as warehouse:
        assert shown(warehouse, "open_interest") == []
    with open_warehouse(first) as warehouse:
        assert len(shown(warehouse, "open_interest")) == 1


def test_a_next_home_takes_the_warehouse_of_the_one_before(
    homes: tuple[Settings, Settings], kept_engine: EngineKeeper
) -> None:
    first, second = homes
    kept_engine.next_home(second.home)
    with open_warehouse(second) as warehouse:
        assert shown(warehouse, "open_interest") == []
    assert kept_engine.next_home(second.home) == second.home, "one that is there keeps what it has"
    with pytest.raises((WarehouseError, OSError)), open_warehouse(first):
        pass
