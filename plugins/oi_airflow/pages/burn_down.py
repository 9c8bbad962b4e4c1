"""The burn-down of a billing cycle as shapes of a drawing 600 wide and 160 high."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from include.pipeline.monitoring.budget import BudgetView, DaySpending
from include.settings.budget import LANES

WIDTH, HEIGHT = 600.0, 160.0
_GAP = 0.25
"""Part of a day's width between two bars."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What one lane spent on one day."""

    lane: str
    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True, slots=True)
class BurnDown:
    """Bars by day and lane, on a scale of `most_spent` credits; lines of credits left, on the allowance's scale.

    The lines are points of an SVG polyline, and empty where no allowance is known.
    """

    bars: list[Bar]
    most_spent: int
    left: str
    even: str


def burn_down(view: BudgetView) -> BurnDown:
    """The drawing of a billing cycle so far."""
    most = max((sum(day.spent.values()) for day in view.burn_down), default=0)
    step = WIDTH / view.days
    bars = [bar for place, day in enumerate(view.burn_down) for bar in _bars(day, place * step, step, most)]
    allowance = view.allowance or 0
    return BurnDown(
        bars,
        most,
        _line([day.left for day in view.burn_down], allowance, step),
        _line([0], allowance, WIDTH) if allowance else "",
    )


def _bars(day: DaySpending, x: float, step: float, most: int) -> Iterable[Bar]:
    base = HEIGHT
    for lane in LANES:
        if credits := day.spent.get(lane, 0):
            height = credits / most * HEIGHT * 0.9
            base -= height
            width = step * (1 - _GAP)
            yield Bar(lane, x + step * _GAP / 2, base, width, height, f"{day.day}, {lane}: {credits:,} credits")


def _line(left: Iterable[int | None], allowance: int, step: float) -> str:
    """From all at the start to what each day's end has left."""
    if not allowance:
        return ""
    levels = [allowance, *(max(0, one or 0) for one in left)]
    return " ".join(f"{place * step:.1f},{HEIGHT * (1 - level / allowance):.1f}" for place, level in enumerate(levels))
