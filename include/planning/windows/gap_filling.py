"""Fresh time first, then gaps: older time is bought newest first, within an allowance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from include.domain.market import Interval
from include.planning.windows.coverage import Freshness
from include.planning.windows.order import Order
from include.planning.windows.plan import Due, Parts, Plan, buy
from include.planning.windows.windows import Packing, PlannedWindow


def buy_with_gaps(
    due: Due,
    busy: Parts,
    packing: Packing,
    *,
    heal_before: datetime,
    allowance_credits: int,
    freshness: Freshness,
) -> Plan:
    """As `buy`, but windows before `heal_before` are newest first and cost `allowance_credits` at most together.

    The provisional tail of the fresh time counts as fresh, so that it shares its request. What the allowance leaves is
    in `Plan.deferred`.
    """
    fresh, old = Plan((), {}), Plan((), {})
    for interval in dict.fromkeys(series.interval for series in due.parts):
        edge = fresh_from(interval, heal_before, freshness)
        old = _joined(old, buy(due.between(interval, end=edge), busy, packing))
        fresh = _joined(fresh, buy(due.between(interval, start=edge), busy, packing))
    healed, deferred = _within(old.windows, allowance_credits)
    return replace(_joined(fresh, old), windows=(*fresh.windows, *healed), deferred=deferred)


def fresh_from(interval: Interval, heal_before: datetime, freshness: Freshness) -> datetime:
    """Where fresh time begins; due time before it is a gap."""
    return interval.floor(heal_before) - (freshness.provisional(interval) + 1) * interval.step


def _within(
    windows: Sequence[PlannedWindow], allowance_credits: int
) -> tuple[tuple[PlannedWindow, ...], tuple[PlannedWindow, ...]]:
    """The newest windows whose worst case fits together, and the rest."""
    newest_first = sorted(windows, key=Order.NEWEST_FIRST.rank)
    spent = 0
    for count, window in enumerate(newest_first):
        spent += window.worst_case_credits
        if spent > allowance_credits:
            return tuple(newest_first[:count]), tuple(newest_first[count:])
    return tuple(newest_first), ()


def _joined(left: Plan, right: Plan) -> Plan:
    return Plan(
        (*left.windows, *right.windows),
        _parts(left.beyond_depth, right.beyond_depth),
        useful=Counter(left.useful) + Counter(right.useful),
    )


def _parts(left: Parts, right: Parts) -> Parts:
    return {series: (*left.get(series, ()), *right.get(series, ())) for series in {**left, **right}}
