"""What a fault is: one strike on one open-interest request, with a hook for each stage it can disturb."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.simulator.queries import Query
    from include.simulator.responses import VendorResponse
    from include.simulator.rows import Row


@dataclass(slots=True)
class FaultTuning:
    """What faults share: their figures, and how often each cursor was used."""

    hold_seconds: float = 60.0
    slow_seconds: float = 1.0
    cursor_uses: int = 0
    uses: Counter[str] = field(default_factory=Counter)


class Fault:
    """A strike; a new object for each request it hits, so that it may remember what it did."""

    def __init__(self, number: int, random: Random, tuning: FaultTuning) -> None:
        self.number = number
        self.random = random
        self.tuning = tuning

    @classmethod
    def strikes(cls, seed: int, number: int, rate: float, after: str | None) -> bool:
        """Whether it hits request `number` (counted from 0), a pure function of the seed."""
        return Random(f"{seed}/{cls.__name__}/{number}").random() < rate

    def refuse(self, after: str | None) -> None:
        """May raise an ApiError before the query is read."""

    def narrow(self, query: Query, edge: datetime | None, now: datetime) -> Query:
        """May cut the range; `edge` is the earliest instant of the plan's history, None for all."""
        return query

    def distort(self, rows: list[Row], query: Query) -> list[Row]:
        """May change the rows; they are charged as changed."""
        return rows

    def reshape(self, answer: VendorResponse) -> None:
        """May change the finished answer, also that of an error."""
