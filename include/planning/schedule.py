"""When each lane reads what, and how old that leaves the newest row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from include.domain.clock import DAY, EPOCH
from include.domain.market import Interval
from include.planning.windows.coverage import Freshness
from include.settings import HOURLY_INTERVALS

DELAY = {"hourly": timedelta(minutes=5), "daily": timedelta(minutes=20)}
"""How long after the end of its interval a run begins, so that the vendor has had time to publish."""
ALLOWANCE = {"hourly": timedelta(minutes=50), "daily": timedelta(hours=3)}
"""How long after the end of its interval a run of a lane should have succeeded."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A lane in steady state: it begins `delay` after each whole `every`, and reads up to that."""

    lane: Literal["hourly", "daily"]
    intervals: tuple[Interval, ...]
    every: timedelta

    @property
    def delay(self) -> timedelta:
        return DELAY[self.lane]

    def end_of(self, moment: datetime) -> datetime:
        """Up to where a run at `moment` reads."""
        return moment - (moment - EPOCH) % self.every


def schedules(hourly_every: timedelta) -> tuple[Schedule, Schedule]:
    """The hourly and the daily lane; `hourly_every` divides a day."""
    return Schedule("hourly", HOURLY_INTERVALS, hourly_every), Schedule("daily", tuple(Interval), DAY)


def reaches_back_to(start: datetime, lookback: timedelta, step: timedelta) -> datetime:
    """From where on a run heals whose own time begins at `start`, on whole steps of its lane.

    The look-back before that, and one run more: the last one before a stop may have been cut off itself, and left
    buckets that were provisional. No look-back is none at all.
    """
    return start - lookback - step if lookback else start


def every(interval: Interval, hourly_every: timedelta) -> timedelta:
    """How often a new bucket of `interval` is looked for."""
    return hourly_every if interval in HOURLY_INTERVALS else DAY


def newest_age(interval: Interval, hourly_every: timedelta) -> timedelta:
    """How long ago the newest row was, by its timestamp, when the next run is about to read: the worst case."""
    schedule = _reader(interval, hourly_every)
    return schedule.every + schedule.delay + interval.step


def final_age(interval: Interval, hourly_every: timedelta, freshness: Freshness) -> timedelta:
    """As `newest_age`, for the newest row that will not change any more."""
    schedule = _reader(interval, hourly_every)
    begun = EPOCH + 1000 * DAY + schedule.delay
    final = min(schedule.end_of(begun), freshness.final_edge(interval, begun))
    return begun + schedule.every - final + interval.step


def _reader(interval: Interval, hourly_every: timedelta) -> Schedule:
    return next(one for one in schedules(hourly_every) if interval in one.intervals)
