from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

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
