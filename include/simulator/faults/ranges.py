"""Faults that answer for less than the range that was asked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from include.domain.clock import iso
from include.simulator.faults.base import Fault

if TYPE_CHECKING:
    from include.simulator.answers import Answer
    from include.simulator.questions import Question


class SilentClip(Fault):
    """Cuts the start to the plan's history, else to the middle of the range, on first pages, without a word."""

    cut: tuple[datetime, datetime] | None = None
    """The start as asked and as answered, once it was cut."""

    def narrow(self, question: Question, edge: datetime | None, now: datetime) -> Question:
        if question.after is not None:
            return question
        start = edge if edge is not None and question.start < edge else _middle(question, now)
        start = min(start, question.end)
        self.cut = question.start, start
        return question.from_start(start)


class Clamped(SilentClip):
    """Cuts the start as silent_clip does, and says so: meta.clamped, clamped_reason, original_ and effective_start."""

    def reshape(self, answer: Answer) -> None:
        if self.cut is None or answer.status != 200 or not isinstance(answer.body, dict):
            return
        original, effective = self.cut
        answer.body["meta"] |= {
            "clamped": True,
            "clamped_reason": "history_limit",
            "original_start": iso(original),
            "effective_start": iso(effective),
        }


def _middle(question: Question, now: datetime) -> datetime:
    end = max(question.start, min(question.end, now))
    return max(question.start, question.interval.ceil(question.start + (end - question.start) / 2))
