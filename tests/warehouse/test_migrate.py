from __future__ import annotations

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from include.settings import Settings
from include.settings.warehouse import WarehouseSettings
from include.warehouse import Warehouse, WarehouseError, migrate, open_warehouse, scripts, views
from include.warehouse.session import Session
from tests.warehouse.batches import NOON, Row, publish
from tests.warehouse.former_version import migrate_as_formerly
from tests.warehouse.http_server import PASSWORD, free_port, serving

SHIPPED = [migration.name for migration in migrate.shipped()]
VIEWS = [view.name for view in migrate.shipped_views()]
FILLS = [fill.name for fill in migrate.shipped_fills()]
NEXT = int(SHIPPED[-1][:4]) + 1
DEFINITIONS = """
    SELECT database || '.' || name, create_table_query FROM system.tables
    WHERE database IN ({database:String}, {bi:String}) ORDER BY ALL"""
FORMER_ROWS = [
    """INSERT INTO upgraded.open_interest_observations VALUES
        ('2026-03-07 12:00:00', 'BTC', 'kalshi', '1h', 5, NULL, '2026-03-07 13:01:00.000', 'b1'),
        ('2026-03-07 12:00:00', 'BTC', 'kalshi', '1h', 7, 8, '2026-03-07 14:01:00.000', 'b2')""",
    """INSERT INTO upgraded.open_interest_current
        SELECT * EXCEPT batch_id FROM upgraded.open_interest_observations""",
    "INSERT INTO upgraded.quarantine_rows (quarantine_id, rules) VALUES ('q1', ['open_interest_is_numeric'])",
    "INSERT INTO upgraded.dq_result_rows (batch_id, rule, success) VALUES ('b1', 'fresh', true)",
    "INSERT INTO upgraded.ledger_spend VALUES ('2026-03-07', 'hourly', 'BTC', 350, 0, 1, 100, '2026-03-07 14:02:00')",
    """INSERT INTO upgraded.ledger_coverage VALUES ('kalshi', '1h', 'BTC', '2026-03-07 12:00:00', '2026-03-07 16:00:00',
        3600, 'rows', false, '2026-03-07 14:01:00', '2026-03-07 14:02:00', [])""",
    "INSERT INTO upgraded.ledger_cycles VALUES ('2026-03-05', '2026-04-05', 31000, '2026-03-07 14:02:00')",
    """INSERT INTO upgraded.ledger_derived VALUES ('kalshi', '1h', 'ETH', 3600, ['2026-03-01 00:00:00'],
        ['2026-03-07 00:00:00'], '2026-03-07 14:02:00')""",
]
FORMER_FIGURES = [
    "SELECT count(), sum(open_interest) FROM upgraded_bi.open_interest",
    "SELECT count(), sum(open_interest) FROM upgraded.open_interest_history",
    "SELECT quarantine_id FROM upgraded.quarantine",
    "SELECT rule FROM upgraded_bi.quality",
    "SELECT sum(spent_credits), sum(rows) FROM upgraded_bi.credits",
    "SELECT sum(expected), sum(stored), sum(missing) FROM upgraded_bi.coverage",
    "SELECT count() FROM upgraded_bi.burn_down",
    "SELECT symbol, toString(derived_from[1]) FROM upgraded.ledger_derived",
]
DERIVED = [("ETH", "2026-03-01 00:00:00")]
NOTE = "CREATE OR REPLACE VIEW {database}.note (a UInt8) AS SELECT %s AS a;\n"


class Counted:
    """A client that counts statements."""

    def __init__(self, client) -> None:
        self._client = client
        self.sent = 0

    def __getattr__(self, name: str):
        method = getattr(self._client, name)
        if name in ("command", "query"):
            self.sent += 1
        return method


def forget_files() -> None:
    for cached in (scripts.read, scripts.names, views.in_order, migrate._migration):
        cached.cache_clear()


@pytest.fixture
def sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The shipped files in a directory that a test may change."""
    monkeypatch.setattr(scripts, "SQL", Path(shutil.copytree(scripts.SQL, tmp_path / "sql")))
    forget_files()
    yield scripts.SQL
    forget_files()


def write(file: Path, text: str) -> None:
    file.write_text(text)
    forget_files()


def session_of(warehouse: Warehouse) -> Session:
    return warehouse._session


def definitions(session: Session) -> list[tuple[str, str]]:
    """The CREATE statements of everything in both databases."""
    return list(
        session.client.query(DEFINITIONS, parameters={"database": session.database, "bi": session.bi}).result_rows
    )


def test_names_begin_with_consecutive_numbers():
    first = int(SHIPPED[0][:4])
    assert [int(name[:4]) for name in SHIPPED] == list(range(first, first + len(SHIPPED)))


def test_fresh_database_gets_every_file_once(warehouse: Warehouse):
    session = session_of(warehouse)
    assert {name for name, _ in session.rows("migrate/applied.sql")} == {*SHIPPED, *VIEWS, *FILLS}
    assert migrate.migrate(session) == []


def test_current_database_costs_one_query(warehouse: Warehouse):
    counted = Counted(session_of(warehouse).client)
    assert migrate.migrate(Session(counted, warehouse.database)) == []
    assert counted.sent == 1


def test_new_numbered_file_is_applied_alone(warehouse: Warehouse, sql: Path):
    new = sql / "migrations" / f"{NEXT:04}_note.sql"
    table = "CREATE TABLE {database}.note (a Int32) ENGINE = MergeTree ORDER BY a;\n"
    write(new, f"{table}INSERT INTO {{database}}.note VALUES (7);\n")
    assert migrate.migrate(session_of(warehouse)) == [new.name]
    assert migrate.migrate(session_of(warehouse)) == []
    assert warehouse.query_rows("SELECT a FROM note")[1] == [(7,)]


def test_view_is_applied_again_when_its_text_changed(warehouse: Warehouse, sql: Path):
    for value in (1, 2, 1):
        write(sql / "views" / "note.sql", NOTE % value)
        assert migrate.migrate(session_of(warehouse)) == ["views/note.sql"]
        assert migrate.migrate(session_of(warehouse)) == []
        assert warehouse.query_rows("SELECT a FROM note")[1] == [(value,)]


def test_view_without_a_file_is_dropped_and_can_return(warehouse: Warehouse, sql: Path):
    session = session_of(warehouse)
    session.command(f"CREATE VIEW {session.bi}.of_a_user AS SELECT 1 AS a")
    before = definitions(session)
    for _ in range(2):
        write(sql / "marts" / "note.sql", NOTE.replace("{database}", "{bi}") % 1)
        assert migrate.migrate(session) == ["marts/note.sql"]
        (sql / "marts" / "note.sql").unlink()
        forget_files()
        assert migrate.migrate(session) == ["marts/note.sql"]
        assert migrate.migrate(session) == []
        assert definitions(session) == before


def test_views_come_after_the_views_they_read():
    seen: set[str] = set()
    for file in views.in_order():
        read = re.findall(r"\{(database|bi)\}\.(\w+)", scripts.read(file))
        files = {f"{views.FOLDERS[database]}/{name}.sql" for database, name in read} - {file}
        assert files & set(views.in_order()) <= seen, file
        seen.add(file)


def test_file_of_a_view_makes_the_view_of_its_name():
    for file in views.in_order():
        database = {folder: name for name, folder in views.FOLDERS.items()}[file.partition("/")[0]]
        (statement,) = scripts.statements(scripts.read(file))
        assert statement.startswith(f"CREATE OR REPLACE VIEW {{{database}}}.{Path(file).stem}\n"), file


def test_edited_migration_is_refused_by_name(warehouse: Warehouse, sql: Path):
    write(sql / "migrations" / SHIPPED[0], "SELECT 1")
    with pytest.raises(WarehouseError, match=rf"{SHIPPED[0]} was edited.*next number"):
        migrate.migrate(session_of(warehouse))


def test_database_newer_than_the_checkout_is_refused(warehouse: Warehouse, sql: Path):
    new = sql / "migrations" / f"{NEXT:04}_note.sql"
    write(new, "SELECT 1")
    migrate.migrate(session_of(warehouse))
    new.unlink()
    forget_files()
    with pytest.raises(WarehouseError, match=rf"{new.name}.*Update the checkout"):
        migrate.migrate(session_of(warehouse))


def test_every_file_may_be_repeated_after_a_crash(warehouse: Warehouse):
    session = session_of(warehouse)
    before = definitions(session)
    for one in (*migrate.shipped(), *migrate.shipped_views(), *migrate.shipped_fills()):
        session.run(one.script)
    assert definitions(session) == before


def test_failed_migration_is_not_recorded_and_later_ones_wait(warehouse: Warehouse, sql: Path):
    bad, good = sql / "migrations" / "0098_bad.sql", sql / "migrations" / "0099_good.sql"
    write(bad, "SELECT nope")
    write(good, "SELECT 1")
    with pytest.raises(Exception, match="nope"):
        migrate.migrate(session_of(warehouse))
    assert {name for name, _ in session_of(warehouse).rows("migrate/applied.sql")} == {*SHIPPED, *VIEWS, *FILLS}
    write(bad, "SELECT 2")
    assert migrate.migrate(session_of(warehouse)) == [bad.name, good.name]


def test_databases_side_by_side_do_not_mix(warehouse: Warehouse):
    session = session_of(warehouse)
    other = Session(session.client, f"{warehouse.database}_other")
    assert migrate.migrate(other) == [*SHIPPED, *VIEWS, *FILLS]
    assert len(session.rows("migrate/applied.sql")) == len(other.rows("migrate/applied.sql"))


@pytest.mark.parametrize("last", [15, 10])
def test_upgraded_and_fresh_databases_are_identical(warehouse: Warehouse, last: int):
    """Every table and view has the same definition, whether this version made it or an earlier one did."""
    client = session_of(warehouse).client
    upgraded, made_now = Session(client, "upgraded"), Session(client, "made_now")
    migrate_as_formerly(upgraded, last)
    assert migrate.migrate(upgraded) == migrate.migrate(made_now) == [*SHIPPED, *VIEWS, *FILLS]
    found = {one.database: str(definitions(one)).replace(one.database, "x") for one in (upgraded, made_now)}
    assert found["upgraded"] == found["made_now"]


def test_upgrade_keeps_rows_findings_and_credits(warehouse: Warehouse):
    session = Session(session_of(warehouse).client, "upgraded")
    migrate_as_formerly(session)
    for statement in FORMER_ROWS:
        session.command(statement)
    before = [session.client.query(one).result_rows for one in FORMER_FIGURES]
    assert before == [[(1, 7.0)], [(2, 12.0)], [("q1",)], [("fresh",)], [(350, 100)], [(4, 1, 3)], [(3,)], DERIVED]
    migrate.migrate(session)
    assert [session.client.query(one).result_rows for one in FORMER_FIGURES] == before


def test_processes_may_open_a_new_server_at_once(tmp_path: Path):
    """Each has its own connection to one server; both leave the same complete schema."""
    port = free_port()
    server = WarehouseSettings(host="127.0.0.1", port=port, password=PASSWORD)
    settings = Settings(home=tmp_path / "home", warehouse=server)

    def opened(number: int) -> int:
        with open_warehouse(settings) as warehouse:
            publish(warehouse, f"b{number}", [Row(NOON.replace(hour=number))])
            return len(warehouse.query_rows("SELECT * FROM bi.open_interest_latest")[1])

    with serving(tmp_path / "server", port), ThreadPoolExecutor(4) as together:
        assert list(together.map(opened, range(4))) == [1] * 4
        with open_warehouse(settings) as warehouse:
            assert warehouse.counts().rows == 4
            assert migrate.migrate(session_of(warehouse)) == []
            assert {name.partition(".")[2] for name, _ in definitions(session_of(warehouse))} >= set(
                map(view_name, VIEWS)
            )


def view_name(file: str) -> str:
    return Path(file).stem
