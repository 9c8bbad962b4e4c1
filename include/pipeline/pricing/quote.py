"""A plan with its price, beside what it could cost at least, what it would cost otherwise, and what may be spent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from include.domain.text import counted, times
from include.pipeline.progress import Jsonable
from include.planning.credits.lower_bound import LowerBound
from include.planning.credits.price import Price
from include.planning.credits.projection import Month
from include.planning.windows.windows import PlannedWindow

CLOSE_TO_LOWER_BOUND = 1.02
"""A plan up to this many times as dear as the reachable lower bound needs no explanation."""


@dataclass(frozen=True, slots=True)
class PlanLine(Jsonable):
    """The windows of one symbol and interval: `[start, end)` around them, and the sum of their prices."""

    symbol: str
    interval: str
    requests: int
    rows: int
    credits: int
    start: datetime
    end: datetime

    @classmethod
    def of(cls, windows: Sequence[PlannedWindow]) -> PlanLine:
        """Sums windows of one symbol and interval."""
        stream, price = windows[0].stream, sum((window.price for window in windows), Price())
        return cls(
            stream.symbol,
            stream.interval.value,
            price.requests,
            price.rows,
            price.credits,
            min(window.start for window in windows),
            max(window.end for window in windows),
        )


@dataclass(frozen=True, slots=True)
class CycleAllowance(Jsonable):
    """What may be spent in this billing cycle, by the settings or the account; None where neither says."""

    plan: str | None
    limit: int | None
    spent: int
    reserved: int
    remaining: int | None
    lane_remaining: int | None
    reserve: int = 0
    """The part of `remaining` that no lane may touch."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan that is priced and not bought."""

    lane: str
    windows: Sequence[PlannedWindow]
    price: Price
    at_most_credits: int
    """What the windows cost if each answer is as dear as the dearest ones seen, and an empty one follows full pages."""
    lower_bound: LowerBound
    naive_credits: int
    allowance: CycleAllowance
    monthly: dict[str, Month]
    """30 days of each live lane."""
    monthly_naive_credits: int
    advice: list[str]
    fits: bool
    notes: list[str]
    wall_minutes: float | None
    """How long the requests take at the account's rate; None where the account does not say."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values and instants."""
        return {
            "lane": self.lane,
            "windows": [_window_dict(window) for window in self.windows],
            "price": asdict(self.price),
            "at_most_credits": self.at_most_credits,
            "lower_bound": asdict(self.lower_bound),
            "naive_credits": self.naive_credits,
            "allowance": self.allowance.to_dict(),
            "monthly": {lane: _month_dict(month) for lane, month in self.monthly.items()},
            "monthly_naive_credits": self.monthly_naive_credits,
            "advice": self.advice,
            "fits": self.fits,
            "notes": self.notes,
            "wall_minutes": self.wall_minutes,
        }

    def compared(self) -> list[str]:
        """The price beside the most that can be charged, a naive reader's, and the lower bound, one sentence each."""
        return [*self._beside_worst_case(), *self._beside_naive(), *self._beside_lower_bound()]

    def _beside_worst_case(self) -> Iterator[str]:
        by_table, most = sum(window.worst_case_credits for window in self.windows), self.at_most_credits
        if most > by_table:
            yield (
                f"At most {counted(most, 'credit')} are charged: answers cost more than the price table says in "
                "the last 30 days, and requests reserve as much as was seen."
            )
        elif most > self.price.credits:
            yield (
                f"At most {counted(most, 'credit')} are charged: where the last page of a window is full, the vendor "
                "may sell an empty one after it."
            )

    def _beside_naive(self) -> Iterator[str]:
        credits, naive = self.price.credits, self.naive_credits
        if naive:
            yield f"A naive reader, each series hour by hour, would pay {naive:,}: {times(credits, naive)} that."

    def _beside_lower_bound(self) -> Iterator[str]:
        credits, least = self.price.credits, self.lower_bound
        if not least.rows:
            return
        line = (
            f"Lower bound: {least.credits:,} for {counted(least.rows, 'useful row')} in full pages; "
            f"this plan costs {times(credits, least.credits)} that."
        )
        if least.reachable_credits > least.credits:
            line += (
                f" Pages hold one symbol and interval, so no plan costs less than {least.reachable_credits:,} "
                f"({times(credits, least.reachable_credits)})."
            )
        if credits > CLOSE_TO_LOWER_BOUND * least.reachable_credits:
            line += " The rest: what is due is short or lies apart, and each stretch of it needs a request."
        yield line

    def lines(self) -> list[PlanLine]:
        """The windows summed by symbol and interval, in reading order."""
        return plan_lines(self.windows)


def plan_lines(windows: Iterable[PlannedWindow]) -> list[PlanLine]:
    """The windows summed by symbol and interval, in reading order."""
    groups: dict[tuple[str, str], list[PlannedWindow]] = {}
    for window in windows:
        groups.setdefault((window.stream.symbol, window.stream.interval.value), []).append(window)
    return [PlanLine.of(group) for group in groups.values()]


def _window_dict(window: PlannedWindow) -> dict[str, Any]:
    stream = window.stream
    return {
        "label": stream.label,
        "symbol": stream.symbol,
        "interval": stream.interval.value,
        "source": stream.source,
        "start": window.start,
        "end": window.end,
        **asdict(window.price),
    }


def _month_dict(month: Month) -> dict[str, int]:
    return {**asdict(month.price), "reread_credits": month.reread_credits}
