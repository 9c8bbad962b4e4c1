"""When each lane runs, what it reads, and how old the newest row gets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from include.domain.clock import DAY, EPOCH
from include.domain.market import Interval
from include.planning.windows.coverage import Freshness
from include.settings.schedule import HOURLY_INTERVALS

DELAY = {"hourly": timedelta(minutes=5), "daily": timedelta(minutes=20)}
"""How long after the end of its interval a run starts: the vendor publishes meanwhile."""
ALLOWANCE = {"hourly": timedelta(minutes=50), "daily": timedelta(hours=3)}
"""How long after the end of its interval a run of a lane should have succeeded."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A lane in steady state: a run starts `delay` after each multiple of `every`, and reads up to that multiple."""

    lane: Literal["hourly", "daily"]
    intervals: tuple[Interval, ...]
    every: timedelta

    @property
    def delay(self) -> timedelta:
        return DELAY[self.lane]

    def end_of(self, moment: datetime) -> datetime:
        """The time up to which a run at `moment` reads."""
        return moment - (moment - EPOCH) % self.every


def schedules(hourly_every: timedelta) -> tuple[Schedule, Schedule]:
    """The hourly and the daily lane; `hourly_every` divides a day."""
    return Schedule("hourly", HOURLY_INTERVALS, hourly_every), Schedule("daily", tuple(Interval), DAY)


def reaches_back_to(start: datetime, lookback: timedelta, step: timedelta) -> datetime:
    """The time from which a run fills gaps whose own time begins at `start`.

    It is the look-back before `start` and one run of the lane more: the last run before a stop may have been
    interrupted, or left provisional buckets. Without a look-back it is `start`.
    """
    return start - lookback - step if lookback else start


def every(interval: Interval, hourly_every: timedelta) -> timedelta:
    """How often new buckets of `interval` are read."""
    return hourly_every if interval in HOURLY_INTERVALS else DAY


def newest_age(interval: Interval, hourly_every: timedelta) -> timedelta:
    """The age of the newest row, by its timestamp, just before the next run reads: the worst case."""
    schedule = _reader(interval, hourly_every)
    return schedule.every + schedule.delay + interval.step


def final_age(interval: Interval, hourly_every: timedelta, freshness: Freshness) -> timedelta:
    """As `newest_age`, for the newest row that is final."""
    schedule = _reader(interval, hourly_every)
    begun = EPOCH + 1000 * DAY + schedule.delay
    final = min(schedule.end_of(begun), freshness.final_edge(interval, begun))
    return begun + schedule.every - final + interval.step


def _reader(interval: Interval, hourly_every: timedelta) -> Schedule:
    return next(one for one in schedules(hourly_every) if interval in one.intervals)
