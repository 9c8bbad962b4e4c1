from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.api_fastapi.execution_api import versions
from airflow.sdk import DAG

from include.settings import Settings
from include.settings.series import WantedSeries
from oi_airflow.dag_runner import OneProcess
from oi_airflow.step_log import Steps

CONF = {"from": "2026-03-07T00:00:00Z", "to": "2026-03-08T00:00:00Z"}


@pytest.fixture(autouse=True)
def _no_task_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DAG, "test", lambda *_args, **_conf: SimpleNamespace(run_id="manual"))


def wanting(home: Path, interval: str, console: io.StringIO) -> OneProcess:
    return OneProcess(Settings(home=home, series=WantedSeries(intervals=[interval])), Steps(console))


@pytest.mark.parametrize("lane", ["hourly", "daily"])
def test_a_dag_run_has_its_own_lane_and_wanted_intervals(tmp_path: Path, lane: str) -> None:
    outcome = wanting(tmp_path, "1h", io.StringIO()).run(f"open_interest_{lane}", CONF)

    assert outcome is not None
    assert outcome.report.lane == lane
    assert {one.interval for one in outcome.report.series} == {"1h"}


def test_a_dag_of_whose_intervals_none_is_wanted_is_left_out(tmp_path: Path) -> None:
    console = io.StringIO()
    process = wanting(tmp_path, "1d", console)

    assert process.run("open_interest_hourly", CONF) is None
    assert "open_interest_hourly is left out: no series is left" in console.getvalue()
    assert process.run("open_interest_daily", CONF) is not None


def test_only_the_newest_version_of_airflows_api_is_built(tmp_path: Path) -> None:
    newest = versions.bundle.version_values[0]
    for _ in range(2):
        wanting(tmp_path, "1h", io.StringIO())

    assert versions.bundle.version_values == (newest,)
