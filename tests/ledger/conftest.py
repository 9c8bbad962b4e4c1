from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.ledger.engine import Ledger, open_ledger
from include.ledger.runs import open_run

NOW = datetime(2026, 3, 8, 0, 10, tzinfo=UTC)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    with open_ledger(url) as opened:
        with opened.write() as connection:
            open_run(connection, "run", "backfill", None, NOW)
        yield opened
