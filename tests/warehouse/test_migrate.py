from __future__ import annotations

from pathlib import Path

import pytest

from include.warehouse import MigrationEdited, MigrationUnknown, Warehouse, migrate, scripts
from include.warehouse.session import Session

SHIPPED = [migration.name for migration in migrate.shipped()]


class Counted:
    """A client that counts what it is asked."""

    def __init__(self, client) -> None:
        self._client = client
        self.asked = 0

    def __getattr__(self, name: str):
        method = getattr(self._client, name)
        if name in ("command", "query"):
            self.asked += 1
        return method


@pytest.fixture
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped migrations in a directory that a test may change."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrate").mkdir()
    for name in [f"migrations/{one}" for one in SHIPPED] + ["migrate/applied.sql", "migrate/record.sql"]:
        (tmp_path / name).write_text(scripts.read(name))
    monkeypatch.setattr(scripts, "SQL", tmp_path)
    monkeypatch.setattr(scripts, "read", lambda script: (tmp_path / script).read_text())
    return tmp_path / "migrations"


def session_of(warehouse: Warehouse) -> Session:
    return warehouse._session


def test_names_begin_with_consecutive_numbers():
    assert [int(name[:4]) for name in SHIPPED] == list(range(1, len(SHIPPED) + 1))


def test_a_fresh_database_gets_every_migration_once(warehouse: Warehouse):
    session = session_of(warehouse)
    applied = session.rows("migrate/applied.sql")
    assert [name for name, _ in applied] == SHIPPED
    assert migrate.migrate(session) == []


def test_a_current_database_costs_one_query(warehouse: Warehouse):
    counted = Counted(session_of(warehouse).client)
    assert migrate.migrate(Session(counted, warehouse.database)) == []
    assert counted.asked == 1


def test_a_new_file_is_applied_and_the_old_ones_are_not_repeated(warehouse: Warehouse, migrations: Path):
    new = migrations / f"{len(SHIPPED) + 1:04}_note.sql"
    new.write_text(
        "CREATE TABLE {database}.note (a Int32) ENGINE = MergeTree ORDER BY a;\n"
        "INSERT INTO {database}.note VALUES (7);\n"
    )
    assert migrate.migrate(session_of(warehouse)) == [new.name]
    assert migrate.migrate(session_of(warehouse)) == []
    assert warehouse.query_rows("SELECT a FROM note")[1] == [(7,)]


def test_an_edited_migration_is_refused_by_name(warehouse: Warehouse, migrations: Path):
    (migrations / SHIPPED[1]).write_text("SELECT 1")
    with pytest.raises(MigrationEdited, match=rf"{SHIPPED[1]} was edited.*next number"):
        migrate.migrate(session_of(warehouse))


def test_a_database_newer_than_the_checkout_is_refused(warehouse: Warehouse, migrations: Path):
    (migrations / SHIPPED[-1]).unlink()
    with pytest.raises(MigrationUnknown, match=rf"{SHIPPED[-1]}.*Update the checkout"):
        migrate.migrate(session_of(warehouse))


@pytest.mark.parametrize("script", SHIPPED)
def test_a_migration_may_be_repeated_after_a_crash_anywhere_in_it(warehouse: Warehouse, script: str):
    session = session_of(warehouse)
    session.run(f"migrations/{script}")
    session.run(f"migrations/{script}")


def test_a_migration_that_fails_is_not_recorded_and_later_ones_wait(warehouse: Warehouse, migrations: Path):
    (migrations / "0098_bad.sql").write_text("SELECT nope")
    (migrations / "0099_good.sql").write_text("SELECT 1")
    with pytest.raises(Exception, match="nope"):
        migrate.migrate(session_of(warehouse))
    assert [name for name, _ in session_of(warehouse).rows("migrate/applied.sql")] == SHIPPED
    (migrations / "0098_bad.sql").write_text("SELECT 2")
    assert migrate.migrate(session_of(warehouse)) == ["0098_bad.sql", "0099_good.sql"]


def test_databases_side_by_side_do_not_mix(warehouse: Warehouse):
    session = session_of(warehouse)
    other = Session(session.client, f"{warehouse.database}_other")
    assert migrate.migrate(other) == SHIPPED
    assert len(session.rows("migrate/applied.sql")) == len(other.rows("migrate/applied.sql")) == len(SHIPPED)
