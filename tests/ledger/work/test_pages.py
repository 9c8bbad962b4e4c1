from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.work import pages
from tests.ledger.conftest import NOW
from tests.ledger.work.claimed_windows import planned, the_window


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        yield ledger


def test_dating_a_page_reads_no_window_of_its_stream(sqlite: Ledger) -> None:
    """A stream read every hour has thousands of windows: it looks at the pages that are as new, which are few."""
    planned(sqlite)
    window = the_window(sqlite)
    with sqlite.read() as connection:
        assert pages.next_known_at(connection, window, NOW) == NOW
        first, *_ = _plan_of(connection, lambda: pages.next_known_at(connection, window, NOW))
    assert first.startswith("SEARCH pages USING INDEX pages_by_known_at"), first


def _plan_of(connection: Connection, run: Any) -> list[str]:
    """SQLite's plan of the last statement that `run` executes."""
    executed: list[str] = []
    driver: Any = connection.connection.driver_connection
    driver.set_trace_callback(executed.append)
    run()
    driver.set_trace_callback(None)
    return [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {executed[-1]}")]
