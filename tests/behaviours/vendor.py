"""A vendor that answers open interest by script: real HTTP, a clock of its own, free account pages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from include.domain.clock import iso
from tests import clock
from tests.kwery.scripted_server import Asked, Reply, ScriptedServer, serving
from tests.pipeline.conftest import DAY, NOW

Script = Callable[[Asked], Reply]
LIMITS: dict[str, Any] = {
    "plan": "business",
    "credits": {"used": 0, "limit": 1_000_000, "remaining": 1_000_000, "rolled_over": 7},
    "rate_limits": {},
    "max_rows_per_request": 2500,
    "max_history_days": None,
    "features": {"never": {"seen": "before"}},
}


class ScriptedVendor:
    """Answers `/v1/limits` with `limits` and every open-interest question by its script; `now` is its Date header.

    The worker's clock follows where a test sets `now`; `date` is the header alone. Replies given as a list are used in
    order, the last one again and again.
    """

    def __init__(self, *script: Reply | Script) -> None:
        self.date: datetime | None = NOW
        self.limits = LIMITS
        self.paths: list[str] = []
        self.questions: list[Asked] = []
        self.server: ScriptedServer | None = None
        self._turn = threading.Lock()
        self.answer_by(*script)

    @property
    def now(self) -> datetime | None:
        return self.date

    @now.setter
    def now(self, moment: datetime | None) -> None:
        self.date = moment
        if moment is not None:
            clock.move_to(moment)

    @property
    def base_url(self) -> str:
        assert self.server is not None
        return self.server.url

    @property
    def starts(self) -> list[str]:
        return [asked.query["start"] for asked in self.questions]

    @property
    def cursors(self) -> list[str | None]:
        """The cursor of each question so far, None where it began a walk."""
        return [asked.query.get("after") for asked in self.questions]

    def answer_by(self, *script: Reply | Script) -> None:
        """Replaces the script."""
        self._script = list(script)
        self._given = 0

    def reply(self, asked: Asked) -> Reply:
        with self._turn:
            self.paths.append(asked.path)
            given = Reply(body=self.limits) if asked.path == "/v1/limits" else self._next(asked)
        date = {"Date": format_datetime(self.date, usegmt=True)} if self.date else {}
        return replace(given, headers={**date, **given.headers})

    def _next(self, asked: Asked) -> Reply:
        self.questions.append(asked)
        self._given += 1
        chosen = self._script[min(self._given, len(self._script)) - 1]
        return chosen if isinstance(chosen, Reply) else chosen(asked)


@contextmanager
def vendor_of(*script: Reply | Script) -> Iterator[ScriptedVendor]:
    vendor = ScriptedVendor(*script)
    with serving(vendor.reply) as server:
        vendor.server = server
        yield vendor


def row(hour: float, *, source: str = "binance_futures", interval: str = "1h", **fields: Any) -> dict[str, Any]:
    """A sound row, that many hours into the day; Kalshi's USD is its contracts."""
    open_interest = 52_340.5 + hour
    usd = open_interest if source == "kalshi" else open_interest * 94_000
    return {
        "timestamp": iso(DAY + timedelta(hours=hour)),
        "symbol": "BTC",
        "source": source,
        "interval": interval,
        "open_interest": open_interest,
        "open_interest_usd": usd,
    } | fields


def hours(first: int, last: int, **fields: Any) -> list[dict[str, Any]]:
    """Hourly rows from `first` up to and without `last`."""
    return [row(hour, **fields) for hour in range(first, last)]


def page(rows: Iterable[dict[str, Any]], headers: dict[str, str] | None = None, **meta: Any) -> Reply:
    """A page with its charge and `meta`; without a `next_cursor` in it there is no more."""
    data = list(rows)
    charge = {"X-Credits-Used": str(50 + 3 * len(data))}
    return Reply(body={"data": data, "meta": {"next_cursor": None} | meta}, headers=charge | (headers or {}))


def refusal(status: int, code: str, headers: dict[str, str] | None = None, **fields: Any) -> Reply:
    return Reply(status, {"error": code, "message": f"Refused: {code}."} | fields, headers or {})
