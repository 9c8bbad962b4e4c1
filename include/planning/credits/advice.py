"""What to change when a plan costs more than the budgets allow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate

from include.domain.text import about, counted
from include.planning.windows.plan import Plan
from include.planning.windows.windows import PlannedWindow

_MANY = 20
"""With more symbols than this, the advice says how many fit instead of naming one."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One possible change: the setting (or the vendor's plan), the credits it affects, and the sentence."""

    setting: str
    credits: int
    text: str


def fit(plan: Plan, left: Mapping[str, int]) -> list[Advice]:
    """Compares a plan at its worst case with the credits left under each limit; an empty list means that it fits.

    `left` names each limit by the setting that raises it (`budget.monthly_credits`, `budget.run_credits`,
    `budget.lane_shares.backfill`, the vendor's plan). First come the limits that are too low, tightest first, then ways
    to want less.
    """
    short = sorted((credits, setting) for setting, credits in left.items() if credits < plan.worst_case_credits)
    if not short:
        return []
    raises = [_raise(plan, setting, credits) for credits, setting in short]
    return [*raises, *_narrow(plan, short[0][0]), *_shorten(plan, short[0][0])]


def _raise(plan: Plan, setting: str, left: int) -> Advice:
    need, price = plan.worst_case_credits, plan.price
    missing = need - max(0, left)
    text = (
        f"{setting}: {max(0, left):,} credits left, and this plan may cost {need:,} "
        f"({counted(price.requests, 'request')}, {counted(price.rows, 'row')}); {missing:,} more are needed"
    )
    return Advice(setting, missing, text)


def _narrow(plan: Plan, left: int) -> list[Advice]:
    """Advises to leave out the most expensive interval, or symbol; of many symbols, says how many fit."""
    settings: dict[str, Callable[[PlannedWindow], str]] = {
        "series.intervals": lambda window: window.stream.interval.value,
        "series.symbols": lambda window: window.stream.symbol,
    }
    advice = []
    for setting, part_of in settings.items():
        shares: dict[str, int] = defaultdict(int)
        for window in plan.windows:
            shares[part_of(window)] += window.worst_case_credits
        if len(shares) > _MANY:
            advice.append(_fewer(setting, shares, left))
        elif len(shares) > 1:
            dearest = max(shares, key=lambda part: shares[part])
            rest = plan.worst_case_credits - shares[dearest]
            text = f"{setting}: {dearest} takes {shares[dearest]:,} credits; without it the plan costs {rest:,}"
            advice.append(Advice(setting, shares[dearest], text))
    return advice


def _fewer(setting: str, shares: Mapping[str, int], left: int) -> Advice:
    cheapest_first = accumulate(sorted(shares.values()))
    fitting = sum(credits <= left for credits in cheapest_first)
    mean = sum(shares.values()) // len(shares)
    text = f"{setting}: {len(shares):,} symbols take about {mean:,} credits each; {fitting:,} of them fit"
    return Advice(setting, mean, text)


def _shorten(plan: Plan, left: int) -> list[Advice]:
    """Advises a shorter range: how much of the plan's time the credits pay for, at an even price."""
    start, end = min(window.start for window in plan.windows), max(window.end for window in plan.windows)
    lasting = (end - start) * (left / plan.worst_case_credits)
    if lasting < min(window.stream.interval.step for window in plan.windows):
        return []  # no bucket is as short
    text = f"a shorter range: {counted(left, 'credit')} will buy {about(lasting.total_seconds() / 60)} of it"
    return [Advice("range", left, text)]
