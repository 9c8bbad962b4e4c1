"""Faults that make an answer a poor one: its silence proves nothing, and something in it says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from include.simulator.faults.base import Fault

if TYPE_CHECKING:
    from datetime import datetime

    from include.simulator.answers import Answer
    from include.simulator.questions import Question
    from include.simulator.rows import Row

_NEWEST_ROWS = 100
_CHARGE = "X-Credits-Used"


class IgnoredRange(Fault):
    """Ignores start, end and cursor, and answers with the newest rows."""

    def narrow(self, question: Question, edge: datetime | None, now: datetime) -> Question:
        last = question.interval.floor(now)
        buckets = max(1, min(_NEWEST_ROWS, question.limit) // len(question.sources))
        return replace(
            question,
            start=last - (buckets - 1) * question.interval.step,
            end=last + question.interval.step,
            cursor=None,
        )


class UnreadableTimestamps(Fault):
    """Writes every timestamp as `on 2026-03-07T05`."""

    def distort(self, rows: list[Row], question: Question) -> list[Row]:
        return [{**row, "timestamp": f"on {str(row['timestamp'])[:13]}"} for row in rows]


class _LeavesOut(Fault):
    """Leaves out the later half of the rows; they are not charged."""

    def distort(self, rows: list[Row], question: Question) -> list[Row]:
        self.left_out = len(rows) - len(rows) // 2
        return rows[: len(rows) // 2]


class PartialResult(_LeavesOut):
    """Leaves out the later half of the rows, and says meta.partial."""

    def reshape(self, answer: Answer) -> None:
        _meta(answer)["partial"] = True


class OddCharge(_LeavesOut):
    """Leaves out the later half of the rows, and names the charge for all of them."""

    def reshape(self, answer: Answer) -> None:
        if answer.status == 200:
            answer.headers[_CHARGE] = str(int(answer.headers[_CHARGE]) + 3 * self.left_out)


class ErrorBesideData(Fault):
    """Answers 200 with no rows, and an error beside them."""

    def distort(self, rows: list[Row], question: Question) -> list[Row]:
        return []

    def reshape(self, answer: Answer) -> None:
        if isinstance(answer.body, dict) and answer.status == 200:
            answer.body["error"] = {"code": "upstream_timeout", "message": "Storage did not answer."}


class OtherMeta(Fault):
    """Answers with no rows, and names another symbol in meta."""

    def distort(self, rows: list[Row], question: Question) -> list[Row]:
        return []

    def reshape(self, answer: Answer) -> None:
        meta = _meta(answer)
        meta["symbol"] = f"{meta.get('symbol')}X"


def _meta(answer: Answer) -> dict[str, Any]:
    """The meta of an open-interest answer; one that nobody reads for any other."""
    meta: dict[str, Any] = answer.body.get("meta", {}) if isinstance(answer.body, dict) else {}
    return meta
