"""The remainder of a run: what its scope still needs, what that costs, and how far reading came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from include.domain.clock import iso
from include.domain.text import counted
from include.ledger.work.windows import OpenWindow
from include.pipeline.scope.open_windows import ranges_by_series
from include.pipeline.scope.scope import Scope
from include.pipeline.steps.plan.remaining import RemainingWork
from include.planning.windows.order import Order
from include.planning.windows.plan import Due, Parts, Plan


@dataclass(frozen=True, slots=True)
class RunRemainder:
    """What of a run's scope is due, whoever reads it, and what the next run over the scope would buy."""

    due: Due
    to_buy: Plan | None
    """None where nothing is due that can be requested."""
    reached: datetime | None
    """How far reading came: newest first, nothing is left from here on; oldest first, nothing before it. None where
    something is left at the very edge."""


def remainder_of(work: RemainingWork, set_aside: Iterable[OpenWindow]) -> RunRemainder:
    """What a run answers for; windows `set_aside` are paid and need no request."""
    due = _answered_for(work.due.without(ranges_by_series(set_aside)), work.scope)
    to_buy = _with_deferred(work.to_be_paid(), work.scope) if any(due.parts.values()) else None
    return RunRemainder(due, to_buy, _reached(work.scope, due))


def how_to_finish(scope: Scope, remainder: RunRemainder) -> str:
    """How far reading came, what remains, and how to continue."""
    came, plan = how_far(scope, remainder.reached), remainder.to_buy
    if plan is None or not plan.windows:
        return f"{came}; another process reads the rest: run the same again when it has ended"
    price = plan.price
    left = (
        f"{counted(len(plan.windows), 'window')}, {counted(price.requests, 'request')}, about {price.credits:,} credits"
    )
    if scope.reread_for is None or remainder.reached is None:
        return f"{came}; left: {left}: a run over the same range continues from there"
    bound = "to" if scope.order is Order.NEWEST_FIRST else "from"
    return (
        f"{came}; left: {left}: give this instant as `{bound}` to continue from there; the same range would be "
        "bought again"
    )


def how_far(scope: Scope, reached: datetime | None) -> str:
    """How far reading came, as the beginning of a sentence."""
    if reached is None:
        return "no part of the range is whole yet"
    if scope.order is Order.NEWEST_FIRST:
        return f"reached back to {iso(reached)}, all from there on is loaded"
    return f"reached {iso(reached)}, all before it is loaded"


def _reached(scope: Scope, due: Due) -> datetime | None:
    newest_first = scope.order is Order.NEWEST_FIRST
    left = [
        (part, series.interval) for parts in (due.parts, due.beyond_depth) for series in parts for part in parts[series]
    ]
    if not left:
        return scope.start if newest_first else scope.end
    # What is due lies on its interval's grid: within a step of the edge it lies at the edge.
    if newest_first:
        newest, interval = max(left, key=lambda one: one[0].end)
        return newest.end if newest.end + interval.step <= scope.end else None
    oldest, interval = min(left, key=lambda one: one[0].start)
    return oldest.start if oldest.start - interval.step >= scope.start else None


def _answered_for(due: Due, scope: Scope) -> Due:
    """Beside fresh time, gaps in older time wait for the next allowance: a run does not answer for them."""
    edge = scope.heal_before
    if edge is None or edge >= scope.end:
        return due
    fresh: Parts = {series: [part for part in parts if part.end > edge] for series, parts in due.parts.items()}
    return Due(fresh, due.beyond_depth)


def _with_deferred(planned: Plan, scope: Scope) -> Plan:
    """With what the allowance leaves, where the scope is nothing but gaps."""
    edge = scope.heal_before
    if edge is None or edge < scope.end:
        return planned
    return replace(planned, windows=(*planned.windows, *planned.deferred))
