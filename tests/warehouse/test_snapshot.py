from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from include.settings import Settings
from include.settings.warehouse import WarehouseSettings
from include.warehouse import open_warehouse
from include.warehouse.snapshot import copy_embedded
from tests.warehouse.batches import Row, accepted, dq, quarantine


def rows_in(home: Path) -> int:
    with open_warehouse(Settings(home=home)) as warehouse:
        return warehouse.counts().rows


def test_a_copy_holds_the_rows_of_its_moment_and_a_later_one_replaces_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    copy = tmp_path / "copied" / "warehouse"
    copy.parent.mkdir()
    for number, symbol in enumerate(("BTC", "ETH"), start=1):
        with open_warehouse(settings) as warehouse:
            warehouse.publish(f"b{number}", accepted([Row(symbol=symbol)]), quarantine(), dq())
        copy_embedded(settings, copy)
        assert [path.name for path in copy.parent.iterdir()] == ["warehouse"]
    shutil.rmtree(settings.home / "warehouse")
    assert rows_in(copy.parent) == 2


def test_a_server_is_not_copied(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, warehouse=WarehouseSettings(host="db.example.com"))
    with pytest.raises(ValueError, match=r"db\.example\.com"):
        copy_embedded(settings, tmp_path / "copy")
