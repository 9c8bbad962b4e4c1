"""Ledgers as earlier versions left them: made by their migrations, filled with rows of their columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, create_engine, insert

from include.ledger.database import engine
from tests.ledger.conftest import NOW

HOUR, DAY = timedelta(hours=1), NOW.date().isoformat()
OWNER = "elsewhere/boot/1/0.00"


@contextmanager
def ledger_of(url: str, version: str) -> Iterator[Connection]:
    """A transaction on a new ledger as an earlier version made it."""
    older = create_engine(url.replace("postgresql://", "postgresql+psycopg2://"))
    with older.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        yield connection
    older.dispose()


def put(connection: Connection, table: str, *rows: dict[str, Any]) -> None:
    """Inserts rows into a table as it is in the database, whatever this version's models say."""
    known = MetaData()
    known.reflect(connection, only=[table])
    for row in rows:
        connection.execute(insert(known.tables[table]), {name: _stored(value) for name, value in row.items()})


def _stored(value: object) -> object:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def window(name: str, state: str, **others: object) -> dict[str, Any]:
    named = {
        "window_id": name,
        "run_id": "run",
        "lane": "hourly",
        "symbol": "BTC",
        "interval": "1h",
        "source": None,
    }
    planned = {"start": NOW - HOUR, "end": NOW, "limit": 1000, "expected_rows": 3, "price_credits": 59}
    rest = {"created_at": NOW - HOUR, "closed_at": NOW, "planner": OWNER, "next_sequence": 0, "rows": 0, "claims": 1}
    return named | planned | rest | {"state": state, "note": None} | others


def charge(number: int, name: str, state: str, outcome: str | None, charged: int | None) -> dict[str, Any]:
    of_page = {"id": number, "run_id": "run", "lane": "hourly", "day": DAY, "window_id": name, "sequence": 0}
    sent = {"requested_at": NOW - HOUR, "reserved_credits": 59, "settled_at": NOW, "row_limit": 3}
    return of_page | sent | {"state": state, "outcome": outcome, "charged_credits": charged, "charge_source": None}
