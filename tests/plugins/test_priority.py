from __future__ import annotations

from dataclasses import dataclass

import pytest

from oi_airflow.priority import BACKFILL_WEIGHT, LIVE_WEIGHT, LiveFirst


@dataclass
class Task:
    dag_id: str
    run_id: str | None


@pytest.mark.parametrize(
    ("dag_id", "run_id", "weight"),
    [
        ("open_interest_hourly", "scheduled__2026-03-07T10:05:00+00:00", LIVE_WEIGHT),
        ("open_interest_hourly", None, LIVE_WEIGHT),
        ("open_interest_hourly", "backfill__2026-03-07T10:05:00+00:00", BACKFILL_WEIGHT),
        ("open_interest_backfill", "manual__2026-03-07T10:05:00+00:00", BACKFILL_WEIGHT),
    ],
)
def test_live_runs_go_before_backfills(dag_id: str, run_id: str | None, weight: int) -> None:
    assert LiveFirst().get_weight(Task(dag_id, run_id)) == weight  # type: ignore[arg-type]
