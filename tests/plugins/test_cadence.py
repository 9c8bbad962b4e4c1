from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from airflow.timetables.base import TimeRestriction
from airflow.timetables.interval import CronDataIntervalTimetable
from pendulum import datetime, timezone

from include.settings.schedule import ScheduleSettings
from oi_airflow.cadence import cadence, hourly_cron

CHOICES = get_args(ScheduleSettings.model_fields["hourly_every_hours"].annotation)
DAY = timedelta(days=1)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings file in place of the project's own."""
    file = tmp_path / "pipeline.yaml"
    monkeypatch.setenv("OI_CONFIG", str(file))
    return file


def every(config: Path, hours: int) -> None:
    config.write_text(
        f"schedule: {{hourly_every_hours: {hours}}}\nalarms: {{fresh_within: {{5m: 600, 15m: 200, 1h: 50}}}}\n"
    )


@pytest.mark.parametrize("hours", CHOICES)
def test_the_hourly_dag_runs_as_often_as_its_windows_are_long(config: Path, hours: int) -> None:
    every(config, hours)
    timetable = CronDataIntervalTimetable(hourly_cron(), timezone=timezone("UTC"))
    start = datetime(2026, 3, 7)
    info = None
    while info is None or info.data_interval.end < start + DAY:
        info = timetable.next_dagrun_info(
            last_automated_data_interval=info and info.data_interval,
            restriction=TimeRestriction(earliest=start, latest=None, catchup=True),
        )
        assert info is not None
        assert info.data_interval.end - info.data_interval.start == cadence("hourly") == timedelta(hours=hours)
        assert info.data_interval.end.timestamp() % (hours * 3600) == 300


def test_the_default_is_five_past_each_hour_and_the_other_lanes_have_days(config: Path) -> None:
    config.write_text("{}")
    assert hourly_cron() == "5 * * * *"
    assert [cadence(lane) for lane in ("hourly", "daily", "backfill")] == [timedelta(hours=1), DAY, DAY]


def test_broken_settings_leave_the_dag_hourly(config: Path) -> None:
    config.write_text("schedule: {hourly_every_hours: 5}\n")
    assert cadence("hourly") == timedelta(hours=1)
