"""The requests that the simulator received, kept for tests and for the control surface."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from include.domain.clock import iso
from include.simulator.queries import Query

_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One open-interest request of a known account; `query` is None where it could not be read."""

    number: int
    account: str
    at: datetime
    query: Query | None
    status: int
    rows: int
    credits: int
    faults: tuple[str, ...]

    @property
    def fingerprint(self) -> str | None:
        return self.query.fingerprint if self.query else None

    def as_json(self) -> dict[str, object]:
        query = self.query
        return {
            "number": self.number,
            "account": self.account,
            "at": iso(self.at),
            "fingerprint": self.fingerprint,
            "symbol": query and query.symbol,
            "source": query and query.source,
            "interval": query and query.interval.value,
            "start": query and iso(query.start),
            "end": query and iso(query.end),
            "limit": query and query.limit,
            "after": query and query.after,
            "status": self.status,
            "rows": self.rows,
            "credits": self.credits,
            "faults": list(self.faults),
        }


class Journal:
    """The latest 200,000 open-interest requests, oldest first."""

    def __init__(self) -> None:
        self.entries: deque[Asked] = deque(maxlen=_KEPT)
        self.numbered = 0

    def next_number(self) -> int:
        """Counts a request, from 0."""
        number = self.numbered
        self.numbered += 1
        return number

    def note(self, asked: Asked) -> None:
        self.entries.append(asked)
