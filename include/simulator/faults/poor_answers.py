"""Faults that make an answer a poor one: its silence proves nothing, and something in it says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from include.simulator.faults.base import Fault

if TYPE_CHECKING:
    from datetime import datetime

    from include.simulator.queries import Query
    from include.simulator.responses import VendorResponse
    from include.simulator.rows import Row

_NEWEST_ROWS = 100
_CHARGE = "X-Credits-Used"


class IgnoredRange(Fault):
    """Ignores start, end and cursor, and answers with the newest rows."""

    def narrow(self, query: Query, edge: datetime | None, now: datetime) -> Query:
        last = query.interval.floor(now)
        buckets = max(1, min(_NEWEST_ROWS, query.limit) // len(query.sources))
        return replace(
            query,
            start=last - (buckets - 1) * query.interval.step,
            end=last + query.interval.step,
            cursor=None,
        )


class UnreadableTimestamps(Fault):
    """Writes every timestamp as `on 2026-03-07T05`."""

    def distort(self, rows: list[Row], query: Query) -> list[Row]:
        return [{**row, "timestamp": f"on {str(row['timestamp'])[:13]}"} for row in rows]


class _LeavesOut(Fault):
    """Leaves out the later half of the rows; they are not charged."""

    def distort(self, rows: list[Row], query: Query) -> list[Row]:
        self.left_out = len(rows) - len(rows) // 2
        return rows[: len(rows) // 2]


class PartialResult(_LeavesOut):
    """Leaves out the later half of the rows, and says meta.partial."""

    def reshape(self, answer: VendorResponse) -> None:
        _meta(answer)["partial"] = True


class OddCharge(_LeavesOut):
    """Leaves out the later half of the rows, and names the charge for all of them."""

    def reshape(self, answer: VendorResponse) -> None:
        if answer.status == 200:
            answer.headers[_CHARGE] = str(int(answer.headers[_CHARGE]) + 3 * self.left_out)


class ErrorBesideData(Fault):
    """Answers 200 with no rows, and an error beside them."""

    def distort(self, rows: list[Row], query: Query) -> list[Row]:
        return []

    def reshape(self, answer: VendorResponse) -> None:
        if isinstance(answer.body, dict) and answer.status == 200:
            answer.body["error"] = {"code": "upstream_timeout", "message": "Storage did not answer."}


class OtherMeta(Fault):
    """Answers with no rows, and names another symbol in meta."""

    def distort(self, rows: list[Row], query: Query) -> list[Row]:
        return []

    def reshape(self, answer: VendorResponse) -> None:
        meta = _meta(answer)
        meta["symbol"] = f"{meta.get('symbol')}X"


def _meta(answer: VendorResponse) -> dict[str, Any]:
    """The meta of an open-interest answer; one that nobody reads for any other."""
    meta: dict[str, Any] = answer.body.get("meta", {}) if isinstance(answer.body, dict) else {}
    return meta
