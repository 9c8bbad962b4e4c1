"""Scheduled runs that should have ended by now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from include.alarms.alarm import Alarm, Severity
from include.domain.clock import iso


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A lane that a scheduler runs: when its last run ended, and how soon the next one should."""

    lane: str
    ended: datetime
    every: timedelta
    allowance: timedelta


def late(lanes: Iterable[Scheduled], now: datetime) -> list[Alarm]:
    """Lanes without a finished run for longer than their period and allowance."""
    return [_late(one) for one in lanes if now - one.ended > one.every + one.allowance]


def _late(one: Scheduled) -> Alarm:
    hours, minutes = one.every // timedelta(hours=1), one.allowance // timedelta(minutes=1)
    return Alarm(
        "late",
        Severity.ERROR,
        f"{one.lane} lane",
        f"no run of it ended since {iso(one.ended.replace(microsecond=0))}, and one should every {hours} h, {minutes} "
        f"minutes later at most: see whether the scheduler lives, open_interest_{one.lane} is unpaused, and its runs "
        "wait or fail. The next one reads what is missing",
    )
