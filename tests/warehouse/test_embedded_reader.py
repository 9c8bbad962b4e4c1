from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from include.settings import Settings
from include.warehouse import open_warehouse
from include.warehouse.embedded_reader import write_reader_config
from tests.warehouse.batches import Row, accepted, dq, quarantine
from tests.warehouse.roles import limits
from tests.warehouse.test_access import ACCESS_DENIED, CONSTRAINT_VIOLATED, MARTS, READ_ONLY, code_of

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client


@pytest.fixture(scope="module")
def reader(fresh_home: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The engine as Superset opens it, over a warehouse with a row and a rejected one."""
    import clickhouse_connect

    settings = Settings(home=fresh_home(tmp_path_factory.mktemp("oi_home") / "home"))
    with open_warehouse(settings) as warehouse:
        warehouse.publish("b", accepted([Row()]), quarantine("q"), dq("fresh"))
    config = write_reader_config(settings, settings.home)
    options = {"config-file": str(config)}
    with clickhouse_connect.get_client(
        interface="chdb", path=str(settings.home / "warehouse"), chdb_options=options
    ) as client:
        yield client


def test_every_mart_is_read(reader: Client) -> None:
    for mart in MARTS:
        assert code_of(reader, f"SELECT * FROM bi.{mart}") is None, mart
    assert reader.query("SELECT open_interest FROM bi.open_interest").result_rows == [(1.0,)]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM file('/etc/passwd', LineAsString)",
        "SELECT * FROM `/etc/passwd`",
        "SELECT * FROM url('http://127.0.0.1:9/', LineAsString)",
        "SELECT * FROM executable('id', LineAsString, 'a String')",
        "INSERT INTO FUNCTION file('/tmp/never', 'CSV', 'a Int32') VALUES (1)",
        "INSERT INTO market.quarantine_rows (raw) VALUES ('x')",
        "CREATE TABLE bi.mine (a Int32) ENGINE = Memory",
        "DROP TABLE bi.open_interest",
        "SELECT raw FROM market.quarantine",
        "SELECT raw FROM market.quarantine_rows",
        "SELECT sample FROM market.dq_results",
        "SELECT 1 SETTINGS readonly = 0",
    ],
)
def test_nothing_is_written_and_neither_the_host_nor_quarantine_is_seen(reader: Client, statement: str) -> None:
    assert code_of(reader, statement) in (ACCESS_DENIED, READ_ONLY)


def test_its_limits_are_those_of_a_servers_reader(reader: Client) -> None:
    names = limits()
    asked = ", ".join(f"toString(getSetting('{name}'))" for name in names)
    assert dict(zip(names, reader.query(f"SELECT {asked}").result_rows[0], strict=True)) == names
    for more in ("max_execution_time = 61", "max_memory_usage = 0", "result_overflow_mode = 'break'"):
        assert code_of(reader, f"SELECT 1 SETTINGS {more}") == CONSTRAINT_VIOLATED
