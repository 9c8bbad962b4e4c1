"""Section `schedule`: when the DAGs run, and what each reads."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from include.domain.market import Interval
from include.settings.fields import Section

HOURLY_INTERVALS = (Interval.M5, Interval.M15, Interval.H1)
"""What the hourly lane reads; the daily lane reads 4h and 1d, and heals all five."""
LONGEST_RUN_MINUTES = 366 * 24 * 60


def _whole(value: object) -> object:
    """Numbers of the file arrive as text."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


class ScheduleSettings(Section):
    """When the DAGs run."""

    hourly_every_hours: Annotated[Literal[1, 2, 3, 4, 6, 8, 12, 24], BeforeValidator(_whole)] = 1
    """Hours between two runs of the hourly DAG, each of which reads the time since the last.

    Raise it to spend fewer requests; the newest row is older then.
    """
