"""How often each lane runs: `schedule` in pipeline.yaml, as cron and as a span of time."""

from __future__ import annotations

from datetime import timedelta

from include.configuration.errors import SettingsError
from include.settings import load_settings
from include.settings.schedule import ScheduleSettings


def cadence(lane: str) -> timedelta:
    """A lane's windows begin and end on whole steps of this, whatever minute its schedule names."""
    return timedelta(hours=_schedule().hourly_every_hours) if lane == "hourly" else timedelta(days=1)


def hourly_cron() -> str:
    """Five past each hour, or each second, third, ... hour counted from midnight."""
    hours = _schedule().hourly_every_hours
    return f"5 {'*' if hours == 1 else '0' if hours == 24 else f'*/{hours}'} * * *"


def _schedule() -> ScheduleSettings:
    try:
        return load_settings().schedule
    except SettingsError:
        return ScheduleSettings()  # the DAG must exist for its first task to name the problem
