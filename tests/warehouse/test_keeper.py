from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest

from include.settings import Settings
from include.warehouse.connect import lock_path, open_warehouse
from include.warehouse.errors import QueryFailed
from include.warehouse.keeper import WarehouseKeeper
from include.warehouse.lock import file_lock
from include.warehouse.warehouse import Warehouse
from tests.patience import PATIENCE_SECONDS


@pytest.fixture
def keeper(settings: Settings) -> Iterator[WarehouseKeeper]:
    with WarehouseKeeper(settings) as keeper:
        yield keeper


def test_one_opening_serves_several_batches(keeper: WarehouseKeeper):
    with keeper.lent() as first:
        pass
    with keeper.lent() as second:
        assert second is first


def test_load_leaves_processors_to_its_reading_threads(settings: Settings, keeper: WarehouseKeeper):
    """A person's query has all of them, also where it comes through the same warehouse."""
    threads = "SELECT getSetting('max_threads')"
    with keeper.lent() as warehouse:
        assert warehouse._session.client.query(threads).result_rows == [(1,)]
        assert warehouse.query_rows("SELECT value FROM system.settings WHERE name = 'max_threads'")[1] != [("1",)]


def test_another_gets_the_warehouse_between_two_batches(settings: Settings, keeper: WarehouseKeeper):
    """It waits for the batch that is being published, and no longer; the next batch opens the warehouse again."""

    def read() -> int:
        with open_warehouse(settings) as warehouse:
            return id(warehouse)

    with ThreadPoolExecutor(1) as pool:
        with keeper.lent() as first:
            reading = pool.submit(read)
        reading.result(timeout=PATIENCE_SECONDS)
    with keeper.lent() as second:
        assert second is not first


def test_an_idle_warehouse_is_closed_for_who_waits(settings: Settings, keeper: WarehouseKeeper):
    with keeper.lent():
        pass
    with open_warehouse(settings):
        pass


def test_an_error_closes_it(settings: Settings, keeper: WarehouseKeeper):
    with pytest.raises(ZeroDivisionError), keeper.lent():
        raise ZeroDivisionError
    with file_lock(lock_path(settings.home / "warehouse"), 0):
        pass


def test_it_is_closed_at_the_end(settings: Settings):
    with WarehouseKeeper(settings) as keeper, keeper.lent():
        pass
    with file_lock(lock_path(settings.home / "warehouse"), 0):
        pass


def test_an_error_of_closing_is_raised_at_the_next_use(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """The watcher closes for who waits, and nobody looks at its thread."""

    def fail(_: Warehouse) -> None:
        raise QueryFailed("cannot tidy")

    with WarehouseKeeper(settings) as keeper:
        with keeper.lent():
            monkeypatch.setattr(Warehouse, "tidy", fail)
        with file_lock(lock_path(settings.home / "warehouse"), 60):
            pass
        monkeypatch.undo()
        with pytest.raises(QueryFailed, match="cannot tidy"), keeper.lent():
            pass


def test_memory_is_released_between_two_batches(keeper: WarehouseKeeper, monkeypatch: pytest.MonkeyPatch):
    released: list[Warehouse] = []
    release = Warehouse.release_memory
    monkeypatch.setattr(Warehouse, "release_memory", lambda warehouse: released.append(warehouse) or release(warehouse))
    with keeper.lent() as warehouse:
        assert released == []
    assert released == [warehouse]


@pytest.mark.parametrize(("code", "raises"), [(344, False), (999, True)])
def test_only_an_engine_without_the_allocator_may_refuse(
    keeper: WarehouseKeeper, monkeypatch: pytest.MonkeyPatch, code: int, raises: bool
):
    def refuse(*_: object) -> None:
        raise QueryFailed("refused", code)

    with keeper.lent() as warehouse, monkeypatch.context() as patched:
        patched.setattr(warehouse._session, "run", refuse)
        with pytest.raises(QueryFailed) if raises else nullcontext():
            warehouse.release_memory()
