"""Requests and answers for the tests of the client and of the landing zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from include.domain.market import Interval, Stream
from include.kwery.models import Request
from tests.kwery.scripted_server import Reply

KEY = "kwery_test_8d1f+secret/42"
START = datetime(2026, 3, 7, tzinfo=UTC)
END = datetime(2026, 3, 8, tzinfo=UTC)


def request(after: str | None = None, *, symbol: str = "BTC", source: str | None = "binance_futures") -> Request:
    return Request(Stream(symbol, Interval.H4, source), START, END, 1000, after)


def rows(count: int) -> list[dict[str, Any]]:
    return [
        {
            "timestamp": f"2026-03-07T{4 * i % 24:02d}:00:00Z",
            "symbol": "BTC",
            "source": "binance_futures",
            "interval": "4h",
            "open_interest": 52340.8 + i,
            "open_interest_usd": 4938475200.0,
        }
        for i in range(count)
    ]


def envelope(count: int = 3, **meta: Any) -> dict[str, Any]:
    described = {"symbol": "BTC", "returned": count, "next_cursor": None, "has_more": False} | meta
    return {"data": rows(count), "meta": described}


def page_reply(count: int = 3, headers: dict[str, str] | None = None, **meta: Any) -> Reply:
    return Reply(body=envelope(count, **meta), headers=headers or {})
