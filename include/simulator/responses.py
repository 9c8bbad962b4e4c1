"""Responses: status, headers and body before they are sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from include.simulator.accounts import Account
from include.simulator.cursors import Cursor, write_cursor
from include.simulator.errors import ApiError
from include.simulator.pages import PageOfRows
from include.simulator.queries import Query, epoch_seconds
from include.simulator.rates import RateState
from include.simulator.rows import Row


@dataclass(slots=True)
class VendorResponse:
    """One answer, still open to what the faults do to it."""

    status: int
    body: dict[str, Any] | list[Any] | str
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    cut: bool = False
    """Whether the connection closes before the body is complete."""

    @property
    def rows(self) -> list[Row]:
        """The rows of an open-interest answer; empty for any other."""
        return self.body.get("data", []) if isinstance(self.body, dict) else []

    def encoded(self) -> bytes:
        """The body as bytes; a NaN that a fault put there is written as the bare literal."""
        if isinstance(self.body, str):
            return self.body.encode()
        if any(value != value for row in self.rows for value in row.values()):
            return json.dumps(self.body).encode()
        import msgspec

        return msgspec.json.encode(self.body)


def open_interest_response(query: Query, page: PageOfRows, rows: list[Row], capped: bool) -> VendorResponse:
    """The page's envelope around `rows`, with its two row headers."""
    body = {"data": rows, "meta": _meta(query, page, len(rows))}
    return VendorResponse(
        200, body, {"X-Rows-Returned": str(len(rows)), "X-Rows-Capped": "true" if capped else "false"}
    )


def error_response(error: ApiError) -> VendorResponse:
    return VendorResponse(error.status, error.body, dict(error.headers))


def add_charge(answer: VendorResponse, cost: int, account: Account, now: datetime) -> None:
    """Says what an open-interest answer cost, and what remains."""
    answer.headers["X-Credits-Used"] = str(cost)
    answer.headers["X-Credits-Remaining"] = str(account.remaining_credits(now))


def add_account(answer: VendorResponse, account: Account, rate: RateState | None, now: datetime) -> None:
    """The headers that every answer to a known key carries; X-RateLimit-Reset is a Unix time."""
    answer.headers["X-Plan"] = account.plan.name
    if rate is not None:
        reset = now + timedelta(seconds=rate.reset_seconds)
        answer.headers["X-RateLimit-Limit"] = str(rate.limit)
        answer.headers["X-RateLimit-Remaining"] = str(rate.remaining)
        answer.headers["X-RateLimit-Reset"] = str(epoch_seconds(reset))


def add_transport(answer: VendorResponse, request_id: str, now: datetime) -> None:
    """The headers of every answer: the request's name, and the simulator's clock."""
    answer.headers["X-Request-ID"] = request_id
    answer.headers["Date"] = format_datetime(now, usegmt=True)


def _meta(query: Query, page: PageOfRows, returned: int) -> dict[str, Any]:
    cursor = None
    if page.next is not None:
        position = Cursor(page.next, epoch_seconds(query.start), epoch_seconds(query.end))
        cursor = write_cursor(position, query.digest)
    return {
        "symbol": query.symbol,
        "source": query.source or "all",
        "interval": query.interval.value,
        "returned": returned,
        "next_cursor": cursor,
        "has_more": cursor is not None,
    }
