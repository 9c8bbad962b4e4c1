"""The report of a run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from include.pipeline.progress import Jsonable
from include.pipeline.steps.load.loaded import Loaded
from include.planning.credits.price import Price

_SERIES_SENT = 200
"""Maximum series in a message between tasks."""


@dataclass(frozen=True, slots=True)
class SeriesReport(Jsonable):
    """One series over the run's scope: the rows of this run, and what is covered now."""

    label: str
    symbol: str
    source: str
    interval: str
    received: int
    stored: int
    quarantined: int
    duplicates: int
    outside: int
    """Rows outside their window."""
    points: int
    """Grid points of the scope that have begun."""
    covered: int
    """Points with a received row."""
    gaps: int
    """Points that came back empty."""
    unproven: int
    """Gaps whose silence proves nothing, because of `doubts`."""
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
    """How far the run came: newest first, all from here on is loaded; oldest first, all before it."""
    left_price: Price | None = None
    """The price of the rest; None where nothing remains to be read."""
    before_first_rows: bool = False
    """True when all that is left is silence before the first row of a series: the market may be younger."""
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
    loaded_elsewhere: int = 0
    """Rows that this run paid for and another run loaded; they are not in `loaded`."""
    stages: dict[str, float] = field(default_factory=dict)
    """CPU seconds by stage, where the run measured them."""

    def to_message(self) -> dict[str, Any]:
        """As `to_dict`, small enough to travel between tasks: without series where there are many."""
        return (self if len(self.series) <= _SERIES_SENT else replace(self, series=[])).to_dict()
