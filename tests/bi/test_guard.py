"""SQL Lab's way to the embedded engine, without Superset: its settings, the driver's dialect, a real engine."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from urllib.parse import urlencode

import pytest
import sqlalchemy
from sqlalchemy.exc import DBAPIError

from include.settings import ROOT, Settings
from include.warehouse import open_warehouse
from include.warehouse.embedded_reader import write_reader_config
from tests.readonly_sql.attacks import HONEST, READING, WRITING
from tests.warehouse.batches import Row, accepted, dq, quarantine

SECRET = "the canary sings"


@pytest.fixture(scope="module")
def engine(fresh_home: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlalchemy.Engine]:
    """The connection that prepare.py imports, opened as Superset does once it has read its settings."""
    from clickhouse_connect.dbapi import connection

    settings = Settings(home=fresh_home(tmp_path_factory.mktemp("oi_home") / "home"))
    with open_warehouse(settings) as warehouse:
        warehouse.publish("b", accepted([Row()]), quarantine("q"), dq("fresh"))
    config = write_reader_config(settings, settings.home)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connection, "create_client", connection.create_client)
        patched.setenv("BI_ENGINE_CONFIG", str(config))
        superset_config(patched, settings.home)
        place = urlencode({"interface": "chdb", "path": str(settings.home / "warehouse")})
        arguments = {"chdb_options": {"config-file": str(config)}}
        found = sqlalchemy.create_engine(f"clickhousedb:///bi?{place}", connect_args=arguments)
        yield found
        found.dispose()


def superset_config(patched: pytest.MonkeyPatch, home: Path) -> ModuleType:
    for name in ("SUPERSET_SECRET_KEY", "BI_METADATA_URL", "SUPERSET_HOME"):
        patched.setenv(name, str(home))
    spec = importlib.util.spec_from_file_location("superset_config", ROOT / "bi" / "superset_config.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_cursor(engine: sqlalchemy.Engine, sql: str) -> list[tuple[object, ...]]:
    """As SQL Lab runs it: a raw cursor, past whatever listens to the engine."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(sql.replace("%", "%%"))
        return list(cursor.fetchall())
    finally:
        connection.close()


def test_sql_lab_neither_reads_nor_writes_the_host(engine: sqlalchemy.Engine, tmp_path: Path) -> None:
    canary = tmp_path / "canary.txt"
    canary.write_text(SECRET)
    for attack in (*READING, *WRITING, "SELECT raw FROM market.quarantine", "SELECT file('/proc/self/environ')"):
        with pytest.raises(Exception) as refused:  # noqa: PT011 - the driver's own kinds; what counts is below
            by_cursor(engine, attack.format(canary=canary))
        assert SECRET not in str(refused.value), attack
    assert canary.read_text() == SECRET
    assert list(tmp_path.iterdir()) == [canary]


def test_sql_lab_answers_what_people_ask(engine: sqlalchemy.Engine) -> None:
    for sql in HONEST:
        by_cursor(engine, sql)
    assert by_cursor(engine, "SELECT open_interest FROM open_interest WHERE symbol LIKE 'B%'") == [(1.0,)]


def test_parameters_cannot_bring_what_is_refused(engine: sqlalchemy.Engine) -> None:
    with engine.connect() as connection:
        text = sqlalchemy.text("SELECT symbol FROM open_interest WHERE symbol = :symbol")
        assert connection.execute(text, {"symbol": "BTC"}).fetchall() == [("BTC",)]
        assert connection.execute(text, {"symbol": "' OR file('/etc/passwd') != '"}).fetchall() == []
        with pytest.raises(DBAPIError, match="is refused"):
            connection.execute(sqlalchemy.text("SELECT file(:path)"), {"path": "/etc/passwd"})


def test_a_driver_has_no_other_way_to_run_a_statement(engine: sqlalchemy.Engine) -> None:
    connection = engine.raw_connection()
    try:
        client = connection.driver_connection.client  # type: ignore[union-attr] # the driver's own
        for name in ("command", "insert", "raw_query", "raw_stream", "query_df", "insert_arrow"):
            with pytest.raises(AttributeError, match="only reads"):
                getattr(client, name)
        with pytest.raises(Exception, match="readonly"):
            client.query("SELECT 1", settings={"readonly": 0})
    finally:
        connection.close()


def test_the_dialect_finds_tables_and_columns(engine: sqlalchemy.Engine) -> None:
    """What Superset shows beside the editor, and reads for its datasets."""
    inspector = sqlalchemy.inspect(engine)
    assert "bi" in inspector.get_schema_names()
    assert "open_interest" in {*inspector.get_table_names("bi"), *inspector.get_view_names("bi")}
    assert "symbol" in {column["name"] for column in inspector.get_columns("open_interest", "bi")}
