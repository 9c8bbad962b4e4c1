from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from include.settings import Settings
from include.warehouse import WarehouseUnreachable, definitions, open_warehouse
from include.warehouse.errors import WarehouseError
from tests.crash.small_disk import mounted, needs_a_disk
from tests.warehouse.batches import NOON, Row, publish, shown

FREE_BYTES = 8_192
"""So little that the engine's definitions come out empty, and enough for its directories."""


def fill(disk: Path) -> Path:
    """Leaves FREE_BYTES on the disk; returns the file to remove again."""
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(disk).free - FREE_BYTES))
    return ballast


def definition_of(settings: Settings, table: str) -> Path:
    return next((settings.home / "warehouse").glob(f"store/*/*/{table}.sql"))


@needs_a_disk
def test_warehouse_on_a_full_disk_opens_once_there_is_room(tmp_path: Path):
    with mounted(tmp_path / "disk") as disk:
        settings = Settings(home=disk / "home")
        ballast = fill(disk)
        refused = pytest.raises(WarehouseError, match=r"has 0\.0 MiB left.* no table with less than 16\. Make room")
        with refused, open_warehouse(settings):
            pass
        ballast.unlink()
        with open_warehouse(settings) as warehouse:
            publish(warehouse, "b1", [Row()])
            assert shown(warehouse, "open_interest") == [Row()]


@needs_a_disk
def test_on_a_full_disk_nothing_is_published_and_all_can_be_read(tmp_path: Path, fresh_home: Callable[[Path], Path]):
    with mounted(tmp_path / "disk") as disk:
        settings = Settings(home=fresh_home(disk / "home"))
        with open_warehouse(settings) as warehouse:
            publish(warehouse, "b1", [Row()])
        ballast = fill(disk)
        with open_warehouse(settings) as warehouse:
            with pytest.raises(WarehouseError):
                publish(warehouse, "b2", [Row(NOON.replace(hour=13))])
            assert shown(warehouse, "open_interest") == [Row()]
        ballast.unlink()
        with open_warehouse(settings) as warehouse:
            publish(warehouse, "b2", [Row(NOON.replace(hour=13))])
            assert len(shown(warehouse, "open_interest")) == 2


def test_warehouse_opens_beside_a_table_left_undefined_by_a_full_disk(settings: Settings):
    with open_warehouse(settings) as warehouse:
        publish(warehouse, "b1", [Row()])
    undefined = definition_of(settings, "open_interest_current").with_name("stage_b2_current.sql")
    undefined.touch()

    with open_warehouse(settings) as warehouse:
        assert shown(warehouse, "open_interest") == [Row()]
    assert not undefined.exists()


def test_a_mart_that_a_full_disk_left_undefined_is_created_again(settings: Settings):
    with open_warehouse(settings) as warehouse:
        publish(warehouse, "b1", [Row()])
        marts = {one.name for one in warehouse.dictionary()}
    for kept in (settings.home / "warehouse").glob("store/*/*/open_interest_latest.sql"):
        kept.write_text("")

    with open_warehouse(settings) as warehouse:
        assert {one.name for one in warehouse.dictionary()} == marts
        assert shown(warehouse, "open_interest") == [Row()]


def test_a_database_that_a_full_disk_left_undefined_is_created_again(tmp_path: Path):
    settings = Settings(home=tmp_path)
    undefined = tmp_path / "warehouse" / "metadata" / "market.sql"
    undefined.parent.mkdir(parents=True)
    undefined.touch()

    with open_warehouse(settings) as warehouse:
        publish(warehouse, "b1", [Row()])
    assert undefined.stat().st_size > 0


def test_a_damaged_definition_that_is_not_empty_is_reported_and_unchanged(settings: Settings):
    damaged = definition_of(settings, "open_interest_latest")
    damaged.write_text("ATTACH VIEW")

    refused = pytest.raises(WarehouseUnreachable, match=r"move .*warehouse away and run \./oi replay")
    with refused, open_warehouse(settings):
        pass
    assert damaged.read_text() == "ATTACH VIEW"


def test_without_room_to_spare_nothing_is_published(monkeypatch: pytest.MonkeyPatch, settings: Settings):
    monkeypatch.setattr(definitions, "LEAST_ROOM_BYTES", 1 << 60)
    with open_warehouse(settings) as warehouse, pytest.raises(WarehouseError):
        publish(warehouse, "b1", [Row()])
