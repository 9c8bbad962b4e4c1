from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from include.settings import Settings
from include.settings.warehouse import WarehouseSettings
from include.warehouse import Warehouse, open_warehouse
from tests.introduced_once import introduced_once
from tests.warehouse.batches import reset_rows, start_merges


@pytest.fixture
def settings(tmp_path: Path, fresh_home: Callable[[Path], Path]) -> Settings:
    return Settings(home=fresh_home(tmp_path / "home"), warehouse=WarehouseSettings(lock_timeout_seconds=60))


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[Warehouse]:
    with introduced_once(), open_warehouse(settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def _kept_warehouse(
    tmp_path_factory: pytest.TempPathFactory, fresh_home: Callable[[Path], Path]
) -> Iterator[Warehouse]:
    with introduced_once(), open_warehouse(Settings(home=fresh_home(tmp_path_factory.mktemp("kept") / "home"))) as kept:
        yield kept


@pytest.fixture
def emptied_warehouse(_kept_warehouse: Warehouse) -> Warehouse:
    """One that the tests of a file share, without rows: to open one takes longer than most of them.

    It is for tests that change rows only. Nothing else is undone between them, and no other warehouse can be open.
    """
    reset_rows(_kept_warehouse)
    start_merges(_kept_warehouse)
    return _kept_warehouse
