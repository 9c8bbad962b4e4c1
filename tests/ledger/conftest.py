from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.work.runs import open_run
from tests.postgres import PostgresServer

NOW = datetime(2026, 3, 8, 0, 10, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    with open_ledger(url) as opened:
        with opened.write() as connection:
            open_run(connection, "run", "backfill", None, NOW)
        yield opened


def undo_settled_windows(connection: Connection) -> None:
    """Turns the tables back into those of migration 0016: a re-read has a time, and a settled window none."""
    connection.execute(text("ALTER TABLE windows DROP COLUMN settled_at"))
    connection.execute(text("ALTER TABLE runs DROP COLUMN reread_after_charge"))
    connection.execute(text("ALTER TABLE runs ADD COLUMN reread_at VARCHAR"))


def undo_owners(connection: Connection) -> None:
    """Turns the tables back into those of migration 0015: owners are holders, states hide in outcomes."""
    undo_settled_windows(connection)
    for table in ("charges", "windows", "batches", "landing_sessions"):
        connection.execute(text(f"ALTER TABLE {table} RENAME COLUMN owner TO holder"))
    connection.execute(text("ALTER TABLE batches RENAME COLUMN published TO figures"))
    connection.execute(text("ALTER TABLE symbols RENAME COLUMN inactive_since TO silent_since"))
    connection.execute(text("ALTER TABLE charges DROP COLUMN error_code"))


def undo_clocks(connection: Connection) -> None:
    """Turns the tables back into those of migration 0014: nothing is known of the vendor's clock."""
    undo_owners(connection)
    connection.execute(text("DROP INDEX charges_disputed"))
    connection.execute(text("DROP INDEX pages_by_known_at"))
    connection.execute(text("ALTER TABLE charges DROP COLUMN disputed_day"))
    connection.execute(text("ALTER TABLE batches DROP COLUMN note"))
    connection.execute(text("ALTER TABLE pages DROP COLUMN known_at"))
    connection.execute(text("DROP TABLE worker_clocks"))


def undo_doubts(connection: Connection) -> None:
    """Turns the tables back into those of migration 0013: silence has no reason, a window is proven or not."""
    undo_clocks(connection)
    for table in ("windows", "findings", "coverage"):
        connection.execute(text(f"ALTER TABLE {table} DROP COLUMN doubts"))
    connection.execute(text("ALTER TABLE windows ADD COLUMN proven BOOLEAN NOT NULL DEFAULT TRUE"))


def undo_window_claims(connection: Connection) -> None:
    """Turns the tables back into those of migration 0010: a window does not know how often it was claimed.

    Nor is known when a list of symbols was read.
    """
    undo_doubts(connection)
    connection.execute(text("DROP TABLE symbol_lists"))
    connection.execute(text("ALTER TABLE windows DROP COLUMN claims"))


def undo_landing_zone(connection: Connection) -> None:
    """Turns the tables back into those of migration 0009: ledger and landing zone do not know each other."""
    undo_window_claims(connection)
    connection.execute(text("DROP INDEX charges_by_lost_page"))
    for column in ("lost_page", "lost_path"):
        connection.execute(text(f"ALTER TABLE charges DROP COLUMN {column}"))
    for table in ("ledger_identity", "landing_sessions"):
        connection.execute(text(f"DROP TABLE {table}"))


def undo_observed_charges(connection: Connection) -> None:
    """Turns the tables back into those of migration 0008: nothing is known of charges beyond the price table."""
    undo_landing_zone(connection)
    connection.execute(text("ALTER TABLE charges DROP COLUMN row_limit"))
    connection.execute(text("DROP TABLE charge_observations"))


def undo_comparisons(connection: Connection) -> None:
    """Turns the tables back into those of migration 0006: no comparisons, no word of schedulers."""
    undo_observed_charges(connection)
    connection.execute(text("ALTER TABLE runs DROP COLUMN scheduled"))
    connection.execute(text("DROP TABLE comparisons"))


def undo_priced_runs(connection: Connection) -> None:
    """Turns the tables back into those of migration 0004: runs without a plan, a re-read or a stop."""
    undo_comparisons(connection)
    for column in ("priced", "reread_at", "stopped", "stopped_at", "outcome"):
        connection.execute(text(f"ALTER TABLE runs DROP COLUMN {column}"))


def undo_symbols(connection: Connection) -> None:
    """Turns the tables back into those of migration 0003: no symbols, fewer indexes."""
    undo_priced_runs(connection)
    later = ("TABLE symbols", "INDEX windows_by_state", "INDEX charges_by_window", "INDEX findings_blocked")
    for one in later:
        connection.execute(text(f"DROP {one}"))


def undo_spend_by_day(connection: Connection) -> None:
    """Turns the tables back into those of migration 0002: spending a calendar month and lane."""
    undo_symbols(connection)
    for table in ("charges", "spend"):
        connection.execute(text(f"ALTER TABLE {table} RENAME COLUMN day TO period"))
        connection.execute(text(f"UPDATE {table} SET period = substr(period, 1, 7)"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
