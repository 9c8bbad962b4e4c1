"""What each step hands to the next: small, JSON-able, so that it may travel between tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from include.kwery.errors import NextStep
from include.planning.batches import slices
from include.planning.floor import Floor
from include.planning.price import Price
from include.planning.projection import Month
from include.planning.windows import PlannedWindow
from include.words import counted, times

_SYMBOLS_NAMED = 3

_SERIES_SENT = 200


class _Jsonable:
    def to_dict(self) -> dict[str, Any]:
        """Plain values only."""
        return asdict(self)  # type: ignore[call-overload,no-any-return] # a mixin of dataclasses only


@dataclass(frozen=True, slots=True)
class Stop(_Jsonable):
    """Why reading ended before its work did."""

    next_step: NextStep
    message: str
    wait_seconds: float | None = None
    is_failure: bool = False
    """True when something broke, a term of the vendor or the landing zone; a budget or a rate is no failure."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is; `stage` is planning, reading, validating, waiting or replaying."""

    stage: str
    windows_done: int = 0
    windows: int = 0
    requests: int = 0
    rows: int = 0
    credits: int = 0
    label: str = ""


OnProgress = Callable[[Progress], None]


@dataclass(slots=True)
class Extracted(_Jsonable):
    """What reading brought: `landed` windows are whole, `elsewhere` ones are in another process's hands."""

    requests: int = 0
    rows: int = 0
    credits: int = 0
    landed: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """A sentence for each window that the vendor refused."""
    notes: list[str] = field(default_factory=list)
    stopped: Stop | None = None
    failed: bool = False
    """True when something broke; a budget, a rate or the plan's own limits are no failures."""
    interrupted: bool = False
    """True when a person ended it; the figures are the ledger's alone then."""

    @property
    def ended_at_a_limit(self) -> bool:
        """True when credits or time ended reading, with work left for a later run; nothing broke."""
        return self.stopped is not None and not self.failed and self.stopped.next_step is NextStep.STOP_RUN


@dataclass(frozen=True, slots=True)
class ExtractBatch(_Jsonable):
    """Windows that one task reads; `label` is what a person sees in the grid."""

    label: str
    window_ids: list[str]


@dataclass(frozen=True, slots=True)
class WindowView(_Jsonable):
    """A window as a plan shows it."""

    label: str
    symbol: str
    interval: str
    source: str | None
    start: datetime
    end: datetime
    requests: int
    rows: int
    credits: int

    @classmethod
    def of(cls, window: PlannedWindow) -> WindowView:
        """The view of a planned window."""
        return cls(
            label=window.stream.label,
            symbol=window.stream.symbol,
            interval=window.stream.interval.value,
            source=window.stream.source,
            start=window.start,
            end=window.end,
            requests=window.price.requests,
            rows=window.price.rows,
            credits=window.price.credits,
        )


@dataclass(frozen=True, slots=True)
class PriceView(_Jsonable):
    """Requests, rows and credits."""

    requests: int
    rows: int
    credits: int

    @classmethod
    def of(cls, price: Price) -> PriceView:
        """The view of a price."""
        return cls(price.requests, price.rows, price.credits)


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
    def of(cls, floor: Floor) -> FloorView:
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


@dataclass(frozen=True, slots=True)
class PlannedRun(_Jsonable):
    """A plan whose windows are in the ledger's queue."""

    run_id: str
    window_ids: list[str]
    """In reading order."""
    windows: list[WindowView]
    """What each of them still asks."""
    price: PriceView
    notes: list[str]
    in_reach: int
    """So many of the windows the run's cap reaches to."""

    def batches(self) -> list[ExtractBatch]:
        """Neighbouring windows together, so that what is to be bought first is in the first batches.

        Tasks read side by side: a window beyond the cap's reach is in none, or it might be bought before one within.
        """
        parts = slices([window.requests for window in self.windows[: self.in_reach]])
        return [ExtractBatch(_label(self.windows[part]), self.window_ids[part]) for part in parts]


def _label(windows: Sequence[WindowView]) -> str:
    """`BTC ETH 5m 1h 2026-03-01..2026-03-08`."""
    symbols = list(dict.fromkeys(window.symbol for window in windows))
    more = len(symbols) - _SYMBOLS_NAMED
    named = [*symbols[:_SYMBOLS_NAMED], *([f"+{more}"] if more > 0 else [])]
    intervals = dict.fromkeys(window.interval for window in windows)
    start, end = min(window.start for window in windows), max(window.end for window in windows)
    return " ".join([*named, *intervals, f"{start:%Y-%m-%d}..{end:%Y-%m-%d}"])


@dataclass(frozen=True, slots=True)
class Loaded(_Jsonable):
    """What publishing did: rows new to the warehouse, restated, seen before; and rows put into quarantine."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0

    def __add__(self, other: Loaded) -> Loaded:
        return Loaded(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.quarantined + other.quarantined,
        )


@dataclass(frozen=True, slots=True)
class Settled(_Jsonable):
    """What was closed in the ledger."""

    batches: int = 0
    windows: int = 0


@dataclass(frozen=True, slots=True)
class SeriesReport(_Jsonable):
    """One series over the run's scope: what this run received, and what is covered now.

    Points are grid points of the scope that have begun; `covered` of them hold a received row, `gaps` answered empty.
    `unproven` of the gaps are not taken for absence, because of `doubts`.
    """

    label: str
    symbol: str
    source: str
    interval: str
    received: int
    stored: int
    quarantined: int
    duplicates: int
    outside: int
    points: int
    covered: int
    gaps: int
    unproven: int
    doubts: list[str]


@dataclass(frozen=True, slots=True)
class QuarantineLine(_Jsonable):
    """How many rows broke a rule in this run, with one of them as received."""

    rule: str
    rows: int
    example: str


@dataclass(slots=True)
class RunReport(_Jsonable):
    """What a run did, cost and left."""

    run_id: str
    lane: str
    start: datetime
    end: datetime
    complete: bool
    requests: int
    credits: int
    reserved_credits: int
    naive_credits: int
    loaded: Loaded
    series: list[SeriesReport]
    quarantine: list[QuarantineLine]
    left: list[str]
    notes: list[str]
    reached: datetime | None = None
    """How far the run came in its order: newest first, all from here on is loaded; oldest first, all before it."""
    left_price: PriceView | None = None
    """What it will cost to finish; None where nothing is left to be read."""
    capped: bool = False
    """True when what is left is dearer than what the run's cap leaves."""
    failed: bool = False
    """True when work is left because something broke, not because a limit was reached."""
    interrupted: bool = False
    lost_pages: int = 0
    """Answers that the run paid for and could not land; their time is bought again."""
    lost_credits: int = 0
    stages: dict[str, float] = field(default_factory=dict)
    """CPU seconds by stage, where the run measured them."""

    def to_message(self) -> dict[str, Any]:
        """As `to_dict`, small enough to travel between tasks: series are left out where they are too many."""
        return (self if len(self.series) <= _SERIES_SENT else replace(self, series=[])).to_dict()
