from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.settings import ROOT
from oi_airflow.priority import BACKFILL_WEIGHT, LIVE_WEIGHT, LiveFirst
from tests import clock


@dataclass
class Task:
    dag_id: str
    run_id: str | None


@pytest.mark.parametrize(
    ("dag_id", "run_id", "weight"),
    [
        ("open_interest_hourly", "scheduled__2026-03-07T10:05:00+00:00", LIVE_WEIGHT),
        ("open_interest_hourly", "manual__2026-03-07T10:07:33.123456+00:00_Ab1xYz9q", LIVE_WEIGHT),
        ("open_interest_daily", "scheduled__2026-03-05T00:20:00+00:00", LIVE_WEIGHT),
        ("open_interest_hourly", "a name of one's own", LIVE_WEIGHT),
        ("open_interest_hourly", None, LIVE_WEIGHT),
        ("open_interest_hourly", "backfill__2026-03-07T10:05:00+00:00", BACKFILL_WEIGHT),
        ("open_interest_hourly", "scheduled__2025-03-07T10:05:00+00:00", BACKFILL_WEIGHT),
        ("open_interest_backfill", "manual__2026-03-07T10:05:00+00:00", BACKFILL_WEIGHT),
    ],
)
def test_live_runs_go_before_backfills_and_runs_that_were_due_long_ago(
    monkeypatch: pytest.MonkeyPatch, dag_id: str, run_id: str | None, weight: int
) -> None:
    monkeypatch.setattr("oi_airflow.priority.utc_now", lambda: datetime(2026, 3, 7, 10, 10, tzinfo=UTC))

    assert LiveFirst().get_weight(Task(dag_id, run_id)) == weight  # type: ignore[arg-type] # all that is read of a task


@pytest.mark.slow
def test_live_runs_are_queued_before_earlier_backfills(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.plugins.scheduler_order", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": clock.PYTHON_PATH}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]

    order = json.loads(done.stdout.splitlines()[-1])

    assert order["fresh"][:2] == ["live 0", "live 1"]
    assert order["cleared"][:2] == order["fresh"][:2]
