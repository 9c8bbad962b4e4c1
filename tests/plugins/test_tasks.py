from __future__ import annotations

import logging
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert

from include.ledger.database.engine import open_ledger
from include.ledger.database.models.work import BatchRow
from include.ledger.work.runs import open_run
from include.pipeline.scope.scope import RunSpec
from include.settings import Settings, load_settings
from oi_airflow import tasks
from tests import clock
from tests.pipeline.conftest import scope

HALVED = "ETH kalshi 1h at 2026-03-07T05:00:00Z was restated from 100.0 to 50.0 (-50.0%)"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"OI_HOME": str(tmp_path)})


def test_settle_says_which_values_the_vendor_changed_by_much(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    published = {"new": 0, "changed": 1, "unchanged": 0, "quarantined": 0, "rules": {}, "restated": [HALVED]}
    batch = {"batch_id": "b", "run_id": "run", "state": "settled", "owner": "", "rows": 1, "created_at": clock.now()}
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        open_run(connection, "run", "hourly", None, clock.now())
        connection.execute(insert(BatchRow).values(batch | {"published": published}))
    run = SimpleNamespace(settings=settings, spec=RunSpec("run", "hourly"), scope=scope(settings))
    monkeypatch.setattr(tasks, "current_run", lambda: run)
    monkeypatch.setattr("include.pipeline.workflows.refresh_marts.refresh_marts", lambda *_args, **_kwargs: None)
    events: Any = defaultdict(SimpleNamespace)
    with caplog.at_level(logging.WARNING, logger="open_interest"):
        tasks.settle.function.__wrapped__([], outlet_events=events)
    assert HALVED in caplog.messages
