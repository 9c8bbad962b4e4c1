"""Who may spend how much of a cycle's allowance.

1. The reserve is touched by no lane.
2. Hourly and daily runs are live: they keep what is unspent of their shares. In the last `release_days` of the cycle
   they keep at most a part of the share that shrinks with the days left, and the rest of it flows to backfill.
3. A live lane that spends faster than its share lasts keeps what it needs at its pace, and a day's spending more.
4. Hourly may use all that is left but the reserve; daily all but that and what hourly keeps; backfill all but that and
   what both keep, and no more than its own share with what flowed to it.
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
    from include.settings import Budget

LIVE = ("hourly", "daily")
"""The lanes that keep credits, first the one that goes first."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """An allowance shared out, all in credits."""

    reserve: int
    shares: Mapping[str, int]
    kept: Mapping[str, int]
    """What nobody but the live lane, or one that goes before it, may use."""
    released: int
    """What flowed to backfill from the shares of the live lanes."""

    def withheld(self, lane: str) -> int:
        """What a lane has to leave alone: the reserve, and what the lanes before it keep."""
        before = LIVE[: LIVE.index(lane)] if lane in LIVE else LIVE
        return self.reserve + sum(self.kept[one] for one in before)


def reserve_of(allowance: int, budget: Budget) -> int:
    """What no lane touches."""
    return ceil(allowance * budget.reserve_share)


def share_out(allowance: int, spent: Mapping[str, int], budget: Budget, cycle: Cycle, now: datetime) -> Lanes:
    """The rules at one moment; `spent` has what each lane spent or reserved in the cycle."""
    shares = {lane: int(allowance * share) for lane, share in budget.lane_shares}
    release = timedelta(days=budget.release_days)
    unspent = {lane: max(0, shares[lane] - spent[lane]) for lane in LIVE}
    line = {lane: int(shares[lane] * (cycle.left(now) / release)) for lane in LIVE}
    kept = {lane: max(min(unspent[lane], line[lane]), _needed(spent[lane], cycle, now)) for lane in LIVE}
    return Lanes(
        reserve=reserve_of(allowance, budget),
        shares=shares,
        kept=kept,
        released=sum(max(0, unspent[lane] - kept[lane]) for lane in LIVE),
    )


def _needed(spent: int, cycle: Cycle, now: datetime) -> int:
    """Credits that a lane spends at its pace to the end of the cycle and a day more."""
    return ceil(credits_at_pace(spent, cycle.start, now, cycle.left(now) + DAY))
