"""The report of a run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from include.pipeline.progress import Jsonable
from include.pipeline.steps.load.loaded import Loaded
from include.planning.credits.price import Price

_SERIES_SENT = 200


@dataclass(frozen=True, slots=True)
class SeriesReport(Jsonable):
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
class QuarantineLine(Jsonable):
    """How many rows broke a rule in this run, with one of them as received."""

    rule: str
    rows: int
    example: str


@dataclass(slots=True)
class RunReport(Jsonable):
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
    left_price: Price | None = None
    """What it will cost to finish; None where nothing is left to be read."""
    capped: bool = False
    """True when the rest costs more than the run's cap leaves."""
    failed: bool = False
    """True when work is left because something broke, not because a limit was reached."""
    interrupted: bool = False
    failed_requests: int = 0
    """How many of `requests` brought no page: errors, refusals and lost connections."""
    lost_pages: int = 0
    """Answers that the run paid for and could not land; their time is bought again."""
    lost_credits: int = 0
    stages: dict[str, float] = field(default_factory=dict)
    """CPU seconds by stage, where the run measured them."""

    def to_message(self) -> dict[str, Any]:
        """As `to_dict`, small enough to travel between tasks: series are left out where they are too many."""
        return (self if len(self.series) <= _SERIES_SENT else replace(self, series=[])).to_dict()
