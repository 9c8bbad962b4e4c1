"""Who may spend how much of a cycle's allowance.

1. No lane uses the reserve.
2. Hourly and daily runs are live: they keep the unspent part of their shares. In the last `release_days` of the cycle
   they keep at most a part of the share that shrinks with the days left; the difference is released to backfill.
3. A live lane that spends faster than its share allows keeps what it needs at its pace, and a day's spending more.
4. Hourly may use all remaining credits but the reserve; daily all but the reserve and what hourly keeps; backfill all
   but the reserve and what both keep, and at most its own share with what was released to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from include.domain.clock import DAY
from include.planning.credits.billing_cycle import Cycle
from include.planning.credits.pace import credits_at_pace

if TYPE_CHECKING:
    from include.settings.budget import Budget

LIVE = ("hourly", "daily")
"""The lanes that keep credits, in order of precedence."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """An allowance divided between lanes, in credits."""

    reserve: int
    shares: Mapping[str, int]
    kept: Mapping[str, int]
    """What only the live lane, or one that precedes it, may use."""
    released: int
    """What the live lanes released to backfill."""

    def withheld(self, lane: str) -> int:
        """What a lane may not use: the reserve, and what the lanes before it keep."""
        before = LIVE[: LIVE.index(lane)] if lane in LIVE else LIVE
        return self.reserve + sum(self.kept[one] for one in before)


def reserve_of(allowance: int, budget: Budget) -> int:
    """The part of the allowance that no lane uses."""
    return ceil(allowance * budget.reserve_share)


def share_out(allowance: int, spent: Mapping[str, int], budget: Budget, cycle: Cycle, now: datetime) -> Lanes:
    """Applies the rules at `now`; `spent` has what each lane spent or reserved in the cycle."""
    shares = {lane: int(allowance * share) for lane, share in budget.lane_shares}
    release = timedelta(days=budget.release_days)
    unspent = {lane: max(0, shares[lane] - spent[lane]) for lane in LIVE}
    line = {lane: int(shares[lane] * (cycle.left(now) / release)) for lane in LIVE}
    needed = {lane: min(allowance, _needed(spent[lane], cycle, now)) for lane in LIVE}
    kept = {lane: max(min(unspent[lane], line[lane]), needed[lane]) for lane in LIVE}
    return Lanes(
        reserve=reserve_of(allowance, budget),
        shares=shares,
        kept=kept,
        released=sum(max(0, unspent[lane] - kept[lane]) for lane in LIVE),
    )


def _needed(spent: int, cycle: Cycle, now: datetime) -> int:
    """Credits that a lane spends at its pace to the end of the cycle and a day more."""
    return ceil(credits_at_pace(spent, cycle.start, now, cycle.left(now) + DAY))
