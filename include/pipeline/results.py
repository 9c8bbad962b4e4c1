"""What each step hands to the next: small, JSON-able, so that it may travel between tasks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from include.kwery.errors import NextStep


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


@dataclass(frozen=True, slots=True)
class PriceView(_Jsonable):
    """Requests, rows and credits."""

    requests: int
    rows: int
    credits: int


@dataclass(frozen=True, slots=True)
class MonthView(_Jsonable):
    """30 days of a lane; `reread_credits` of them are for repeated reads of buckets that could still change."""

    requests: int
    rows: int
    credits: int
    reread_credits: int


@dataclass(frozen=True, slots=True)
class FloorView(_Jsonable):
    """The least that the useful rows can cost: in full pages, and in pages that no two symbols or intervals share."""

    rows: int
    credits: int
    reachable_credits: int


@dataclass(frozen=True, slots=True)
class AllowanceView(_Jsonable):
    """What may still be spent; None where neither the settings nor the account say."""

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


@dataclass(frozen=True, slots=True)
class PlannedRun(_Jsonable):
    """A plan whose windows are in the ledger's queue."""

    run_id: str
    window_ids: list[str]
    labels: dict[str, str]
    """Window id to `symbol interval`, for grouping."""
    price: PriceView
    notes: list[str]

    def batches(self) -> list[ExtractBatch]:
        """The windows by symbol, labelled `BTC 5m 15m 1h`."""
        by_symbol: dict[str, list[str]] = {}
        for window_id in self.window_ids:
            by_symbol.setdefault(self.labels[window_id].split(" ")[0], []).append(window_id)
        return [ExtractBatch(self._label(symbol, ids), ids) for symbol, ids in by_symbol.items()]

    def _label(self, symbol: str, window_ids: list[str]) -> str:
        intervals = dict.fromkeys(self.labels[window_id].split(" ")[1] for window_id in window_ids)
        return " ".join([symbol, *intervals])


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
    failed: bool = False
    """True when work is left because something broke, not because a limit was reached."""
    stages: dict[str, float] = field(default_factory=dict)
    """CPU seconds by stage, where the run measured them."""
