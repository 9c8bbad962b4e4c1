from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from include.settings import Settings
from include.settings.warehouse import WarehouseSettings
from include.warehouse import Warehouse, open_warehouse
from tests.introduced_once import introduced_once


@pytest.fixture
def settings(tmp_path: Path, fresh_home: Callable[[Path], Path]) -> Settings:
    return Settings(home=fresh_home(tmp_path / "home"), warehouse=WarehouseSettings(lock_timeout_seconds=60))


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[Warehouse]:
    with introduced_once(), open_warehouse(settings) as opened:
        yield opened
