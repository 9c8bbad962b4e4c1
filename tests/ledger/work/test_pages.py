from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

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
    executed: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        executed.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    run()
    event.remove(connection, "before_cursor_execute", note)
    statement, parameters = executed[-1]
    return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
