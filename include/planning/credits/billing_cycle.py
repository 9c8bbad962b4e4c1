"""The billing cycle: the month over which an allowance has to last, from the day on which the vendor renews it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from include.domain.clock import DAY

_MORE_THAN_A_MONTH = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class Cycle:
    """`[start, end)`, both at midnight UTC."""

    start: datetime
    end: datetime

    @property
    def days(self) -> int:
        return (self.end - self.start) // DAY

    def day(self, now: datetime) -> int:
        """Which day of the cycle it is, from 1."""
        return (now - self.start) // DAY + 1

    def left(self, now: datetime) -> timedelta:
        return self.end - now


def cycle_of(moment: datetime, first_day: int) -> Cycle:
    """The cycle around `moment`; each begins on day `first_day` (1 to 28) of a month."""
    start = _midnight(moment, first_day)
    if start > moment:
        start = _midnight(start.replace(day=1) - DAY, first_day)
    return Cycle(start, _midnight(start.replace(day=1) + _MORE_THAN_A_MONTH, first_day))


def _midnight(moment: datetime, day: int) -> datetime:
    return moment.replace(day=day, hour=0, minute=0, second=0, microsecond=0)
