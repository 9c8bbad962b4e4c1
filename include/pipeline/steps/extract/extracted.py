"""What the extract step returns."""

from __future__ import annotations

from dataclasses import dataclass, field

from include.domain.next_step import NextStep
from include.pipeline.progress import Jsonable, Stop


@dataclass(slots=True)
class Extracted(Jsonable):
    """What reading brought: `landed` windows are read to their end, other processes read those `elsewhere`."""

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
    """True when something broke; a budget, a rate or the plan's own limits are not failures."""
    interrupted: bool = False
    """True when a person interrupted it; the figures come from the ledger alone then."""

    @property
    def ended_at_a_limit(self) -> bool:
        """True when credits or time ended reading, with work left for a later run; nothing broke."""
        return self.stopped is not None and not self.failed and self.stopped.next_step is NextStep.STOP_RUN
