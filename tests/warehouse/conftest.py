from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from include.settings import Settings
from include.settings import Warehouse as WarehouseSettings
from include.warehouse import Warehouse, open_warehouse
from include.warehouse.session import bi_database


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One directory for tests that make databases of their own in it."""
    return tmp_path_factory.mktemp("oi_home")


@pytest.fixture
def settings(tmp_path: Path, fresh_home: Callable[[Path], Path]) -> Settings:
    return Settings(home=fresh_home(tmp_path / "home"), warehouse=WarehouseSettings(lock_timeout_seconds=60))


def drop_database(home: Path, name: str) -> None:
    import clickhouse_connect

    with clickhouse_connect.get_client(interface="chdb", path=str(home / "warehouse")) as client:
        for database in (name, bi_database(name)):
            client.command(f"DROP DATABASE IF EXISTS {database} SYNC")


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[Warehouse]:
    with open_warehouse(settings) as opened:
        yield opened
