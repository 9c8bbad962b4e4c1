"""A priced plan as people see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from include.domain.text import counted, times
from include.pipeline.progress import _Jsonable
from include.pipeline.steps.plan.planned_run import PriceView, WindowView
from include.planning.credits.lower_bound import LowerBound
from include.planning.credits.projection import Month


@dataclass(frozen=True, slots=True)
class PlanLine(_Jsonable):
    """What a plan asks of one symbol at one interval: `[start, end)` and its price."""

    symbol: str
    interval: str
    requests: int
    rows: int
    credits: int
    start: datetime
    end: datetime

    @classmethod
    def of(cls, windows: Sequence[WindowView]) -> PlanLine:
        """The sum of windows of one symbol and interval."""
        return cls(
            windows[0].symbol,
            windows[0].interval,
            sum(window.requests for window in windows),
            sum(window.rows for window in windows),
            sum(window.credits for window in windows),
            min(window.start for window in windows),
            max(window.end for window in windows),
        )


@dataclass(frozen=True, slots=True)
class MonthView(_Jsonable):
    """30 days of a lane; `reread_credits` of them are for repeated reads of buckets that could still change."""

    requests: int
    rows: int
    credits: int
    reread_credits: int

    @classmethod
    def of(cls, month: Month) -> MonthView:
        """The view of a lane's month."""
        return cls(month.price.requests, month.price.rows, month.price.credits, month.reread_credits)


@dataclass(frozen=True, slots=True)
class FloorView(_Jsonable):
    """The least that the useful rows can cost: in full pages, and in pages that no two symbols or intervals share."""

    rows: int
    credits: int
    reachable_credits: int

    @classmethod
    def of(cls, floor: LowerBound) -> FloorView:
        """The view of a floor price."""
        return cls(floor.rows, floor.credits, floor.reachable_credits)


@dataclass(frozen=True, slots=True)
class AllowanceView(_Jsonable):
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
class Preview(_Jsonable):
    """A plan that was only looked at."""

    lane: str
    windows: list[WindowView]
    price: PriceView
    floor: FloorView
    naive_credits: int
    allowance: AllowanceView
    monthly: dict[str, MonthView]
    monthly_naive_credits: int
    advice: list[str]
    fits: bool
    notes: list[str]
    wall_minutes: float | None
    """How long the requests take at the account's rate; None where the account does not say."""

    def compared(self) -> list[str]:
        """What the price stands beside, a sentence each: a naive reader's, and the floor under any plan."""
        return [*self._beside_naive(), *self._beside_floor()]

    def _beside_naive(self) -> Iterator[str]:
        credits, naive = self.price.credits, self.naive_credits
        if naive:
            yield f"A naive reader, each series hour by hour, would pay {naive:,}: {times(credits, naive)} that."

    def _beside_floor(self) -> Iterator[str]:
        credits, floor = self.price.credits, self.floor
        if not floor.rows:
            return
        line = (
            f"Floor: {floor.credits:,} for {counted(floor.rows, 'useful row')} in full pages; "
            f"this plan costs {times(credits, floor.credits)} that."
        )
        if floor.reachable_credits > floor.credits:
            line += (
                f" Pages hold one symbol and interval, so no plan costs less than {floor.reachable_credits:,} "
                f"({times(credits, floor.reachable_credits)})."
            )
        if credits > 1.02 * floor.reachable_credits:
            line += " The rest: what is due is short or lies apart, and each stretch of it needs a request."
        yield line

    def lines(self) -> list[PlanLine]:
        """The windows summed up by symbol and interval, in reading order."""
        groups: dict[tuple[str, str], list[WindowView]] = {}
        for window in self.windows:
            groups.setdefault((window.symbol, window.interval), []).append(window)
        return [PlanLine.of(windows) for windows in groups.values()]
