"""One directory for all tests of this room (chDB opens one at a time), one database for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from include.settings import Settings
from include.settings import Warehouse as WarehouseSettings
from include.warehouse import Warehouse, open_warehouse
from include.warehouse.session import bi_database

_numbers = count(1)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("oi_home")


@pytest.fixture
def settings(home: Path) -> Iterator[Settings]:
    """An embedded warehouse with a database that no other test has, dropped after the test: opening reads them all."""
    name = f"market_{next(_numbers)}"
    yield Settings(home=home, warehouse=WarehouseSettings(database=name, lock_timeout_seconds=60))
    drop_database(home, name)


def drop_database(home: Path, name: str) -> None:
    import clickhouse_connect

    with clickhouse_connect.get_client(interface="chdb", path=str(home / "warehouse")) as client:
        for database in (name, bi_database(name)):
            client.command(f"DROP DATABASE IF EXISTS {database} SYNC")


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[Warehouse]:
    with open_warehouse(settings) as opened:
        yield opened
