from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert

from include.ledger.database.engine import open_ledger
from include.ledger.database.models.work import BatchRow
from include.ledger.work.runs import open_run
from include.pipeline.errors import PipelineError
from include.pipeline.monitoring.lineage import Lineage
from include.pipeline.scope.scope import RunSpec
from include.pipeline.steps.report.run_report import report
from include.settings import Settings, load_settings
from oi_airflow import tasks
from tests import clock
from tests.pipeline.conftest import scope

HALVED = "ETH kalshi 1h at 2026-03-07T05:00:00Z was restated from 100.0 to 50.0 (-50.0%)"


OLDER = "BTC kalshi 1h has nothing before 2026-03-01T00:00:00Z. It is not taken as empty"


@pytest.mark.parametrize(
    ("chosen", "before_first_rows", "ends_well"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_a_backfill_older_than_the_market_is_green_with_what_it_lacks(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, chosen: bool, before_first_rows: bool, ends_well: bool
) -> None:
    """Nobody can do anything about it; a scheduled run and other doubt stay red."""
    spec, notes = RunSpec("run", "backfill"), list[str]()
    found = replace(
        report(settings, spec, scope(settings)), complete=False, left=[OLDER], before_first_rows=before_first_rows
    )
    run = SimpleNamespace(settings=settings, spec=spec, scope=scope(settings), began=clock.now())
    monkeypatch.setattr("include.pipeline.steps.report.run_report.report", lambda *_: found)
    for name, stand_in in {
        "current_run": lambda: run,
        "may_fail": lambda: not chosen,
        "leave_note": notes.append,
        "failed_steps": list,
        "send_metrics": lambda _: None,
    }.items():
        monkeypatch.setattr(tasks, name, stand_in)

    if ends_well:
        tasks.report.function.__wrapped__()
        assert notes[0].endswith(f"which nothing proves empty: {OLDER}")
    else:
        with pytest.raises(PipelineError, match="has nothing before"):
            tasks.report.function.__wrapped__()


def test_a_note_says_which_rows_another_run_loaded(settings: Settings) -> None:
    found = replace(report(settings, RunSpec("run", "backfill"), scope(settings)), credits=46_158, requests=27)
    shown = tasks.run_in_words(replace(found, loaded_elsewhere=14_936))
    assert "0 in quarantine; 14,936 of its rows loaded by another run; 46,158 credits in 27 requests; " in shown
    assert "another run" not in tasks.run_in_words(found)


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
    left: list[Lineage] = []
    monkeypatch.setattr(tasks, "current_run", lambda: run)
    monkeypatch.setattr(tasks, "leave_lineage", left.append)
    monkeypatch.setattr(tasks, "namespace", lambda _: "clickhouse://db:8123")
    monkeypatch.setattr("include.pipeline.workflows.refresh_marts.refresh_marts", lambda *_args, **_kwargs: None)
    events: Any = defaultdict(SimpleNamespace)
    with caplog.at_level(logging.WARNING, logger="open_interest"):
        tasks.settle.function.__wrapped__([], outlet_events=events)
    assert HALVED in caplog.messages
    assert left[0].figures["rows"] == {"new": 0, "restated": 1, "unchanged": 0, "quarantined": 0}
