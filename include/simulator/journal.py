"""What was asked of the simulator, kept for tests and for the control surface."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from include.domain.clock import iso
from include.simulator.questions import Question

_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One open-interest request of a known account; `question` is None where it could not be read."""

    number: int
    account: str
    at: datetime
    question: Question | None
    status: int
    rows: int
    credits: int
    faults: tuple[str, ...]

    @property
    def fingerprint(self) -> str | None:
        return self.question.fingerprint if self.question else None

    def as_json(self) -> dict[str, object]:
        question = self.question
        return {
            "number": self.number,
            "account": self.account,
            "at": iso(self.at),
            "fingerprint": self.fingerprint,
            "symbol": question and question.symbol,
            "source": question and question.source,
            "interval": question and question.interval.value,
            "start": question and iso(question.start),
            "end": question and iso(question.end),
            "limit": question and question.limit,
            "after": question and question.after,
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
