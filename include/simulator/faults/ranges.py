"""Faults that answer for less than the requested range."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from include.domain.clock import iso
from include.simulator.faults.base import Fault

if TYPE_CHECKING:
    from include.simulator.queries import Query
    from include.simulator.responses import VendorResponse


class SilentClip(Fault):
    """Cuts the start to the plan's history, else to the middle of the range, on first pages, without a word."""

    cut: tuple[datetime, datetime] | None = None
    """The requested and the answered start, once it was cut."""

    def narrow(self, query: Query, edge: datetime | None, now: datetime) -> Query:
        if query.after is not None:
            return query
        start = edge if edge is not None and query.start < edge else _middle(query, now)
        start = min(start, query.end)
        self.cut = query.start, start
        return query.from_start(start)


class Clamped(SilentClip):
    """Cuts the start as silent_clip does, and says so: meta.clamped, clamped_reason, original_ and effective_start."""

    def reshape(self, answer: VendorResponse) -> None:
        if self.cut is None or answer.status != 200 or not isinstance(answer.body, dict):
            return
        original, effective = self.cut
        answer.body["meta"] |= {
            "clamped": True,
            "clamped_reason": "history_limit",
            "original_start": iso(original),
            "effective_start": iso(effective),
        }


def _middle(query: Query, now: datetime) -> datetime:
    end = max(query.start, min(query.end, now))
    return max(query.start, query.interval.ceil(query.start + (end - query.start) / 2))
