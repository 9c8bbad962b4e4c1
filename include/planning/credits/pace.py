"""Spending extrapolated at its pace so far: for lanes, forecasts and the alarm."""

from __future__ import annotations

from datetime import datetime, timedelta

from include.domain.clock import DAY


def credits_at_pace(spent: int, began: datetime, now: datetime, ahead: timedelta) -> float:
    """Credits that the time `ahead` takes at the pace of `spent` credits since `began`.

    A pace is measured over one day at least, so that the first run of a cycle is not taken for the rule.
    """
    return spent * (ahead / max(now - began, DAY))
