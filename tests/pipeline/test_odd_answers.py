"""Answers that once cost a row or a credit: each case failed before it was fixed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from include.domain.clock import iso, parse_instant
from include.domain.market import SOURCES, Interval
from include.pipeline.steps.report.summary import RunReport
from include.settings import Settings
from tests.kwery.scripted_server import Asked, Reply, serving
from tests.pipeline.conftest import DAY, rows_of, run_steps, scope

HOURS = 40
PAGE = 30


def row(source: str, hour: int, **changes: Any) -> dict[str, Any]:
    usd = 1000.0 + hour
    fields = {"timestamp": iso(DAY + timedelta(hours=hour)), "symbol": "BTC", "source": source, "interval": "1h"}
    return fields | {"open_interest": usd, "open_interest_usd": usd} | changes


BY_TIME = [row(source, hour) for hour in range(HOURS) for source in SOURCES]
BY_SOURCE = [row(source, hour) for source in SOURCES for hour in range(HOURS)]


class Vendor:
    """Serves rows in its own order, PAGE at a time, by cursors of its own."""

    def __init__(self, rows: Sequence[dict[str, Any]], *, expire: int = 0, limits: Reply | None = None) -> None:
        self.rows = rows
        self.expire = expire
        self.limits = limits or Reply(404)
        self.asked: list[dict[str, str]] = []
        self.charged = 0
        self.page_headers: dict[str, str] = {}
        self.meta: dict[str, Any] = {}

    def __call__(self, asked: Asked) -> Reply:
        if not asked.path.endswith("/open-interest"):
            return self.limits
        self.asked.append(asked.query)
        if asked.query.get("after") and self.expire:
            self.expire -= 1
            return Reply(400, {"error": "invalid_cursor", "message": "the cursor is not valid"})
        return self.page(asked.query)

    def page(self, query: dict[str, str]) -> Reply:
        start, end = parse_instant(query["start"]), parse_instant(query["end"])
        asked_for = query.get("source")
        held = [
            one
            for one in self.rows
            if start <= parse_instant(one["timestamp"]) < end and asked_for in (None, one["source"])
        ]
        offset = int(query.get("after", "0"))
        rows = held[offset : offset + PAGE]
        after = str(offset + PAGE) if offset + PAGE < len(held) else None
        return self.answer(rows, after)

    def answer(self, rows: Sequence[dict[str, Any]], after: str | None) -> Reply:
        credits = 50 + 3 * len(rows)
        self.charged += credits
        body = {"data": list(rows), "meta": {"next_cursor": after} | self.meta}
        return Reply(200, body, {"X-Credits-Used": str(credits)} | self.page_headers)


def load(settings: Settings, max_credits: int | None = None) -> RunReport:
    return run_steps(settings, scope(settings, Interval.H1, end=DAY + timedelta(hours=HOURS)), max_credits)


def stored(settings: Settings) -> list[tuple[object, ...]]:
    return rows_of(settings, "source, timestamp, open_interest")


def truth() -> list[tuple[object, ...]]:
    return sorted((one["source"], parse_instant(one["timestamp"]), one["open_interest"]) for one in BY_TIME)


def test_a_lost_cursor_in_rows_by_source_claims_nothing_unread(
    settings_for: Callable[..., Settings],
) -> None:
    """Rows that come source by source do not show where to continue by time."""
    vendor = Vendor(BY_SOURCE, expire=1)
    with serving(vendor) as server:
        settings = settings_for(server.url)
        first = load(settings)
        assert not first.complete
        second = load(settings)
    assert second.complete, second.left
    assert stored(settings) == truth()
    assert len(vendor.asked) >= 5


def test_a_lost_cursor_in_rows_newest_first_is_completed_later(
    settings_for: Callable[..., Settings],
) -> None:
    """The next run completes the window."""
    with serving(Vendor(BY_TIME[::-1], expire=1)) as server:
        settings = settings_for(server.url)
        assert not load(settings).complete
        assert load(settings).complete
    assert stored(settings) == truth()


def test_a_restarted_chain_may_use_the_same_cursors(settings_for: Callable[..., Settings]) -> None:
    vendor = Vendor(BY_TIME, expire=1)
    with serving(vendor) as server:
        settings = settings_for(server.url)
        report = load(settings)
    assert report.complete, report.left
    assert stored(settings) == truth()
    assert report.credits == vendor.charged


def test_a_vendor_that_repeats_rows_forever_is_left_soon(
    settings_for: Callable[..., Settings],
) -> None:
    """At the third page that brings no new bucket."""

    class Endless(Vendor):
        def page(self, query: dict[str, str]) -> Reply:
            return self.answer(BY_TIME[:PAGE], f"c{len(self.asked)}")

    vendor = Endless(BY_TIME)
    with serving(vendor) as server:
        report = load(settings_for(server.url))
    assert not report.complete
    assert len(vendor.asked) == 4


def test_a_cursor_outside_meta_is_followed(settings_for: Callable[..., Settings]) -> None:
    class Beside(Vendor):
        def answer(self, rows: Sequence[dict[str, Any]], after: str | None) -> Reply:
            reply = super().answer(rows, None)
            assert isinstance(reply.body, dict)
            return Reply(200, reply.body | {"next_cursor": after}, reply.headers)

    with serving(Beside(BY_TIME)) as server:
        settings = settings_for(server.url)
        assert load(settings).complete
    assert stored(settings) == truth()


def test_a_page_dated_before_its_own_rows_is_not_bought_again(settings_for: Callable[..., Settings]) -> None:
    """Rule 1, behaviour 50: a cache or a wrong clock may date an answer years back."""
    vendor = Vendor(BY_TIME)
    vendor.page_headers = {"Date": "Wed, 01 Jan 2020 00:00:00 GMT"}
    with serving(vendor) as server:
        settings = settings_for(server.url)
        first = load(settings)
        assert first.complete, first.left
        assert load(settings).requests == 0


def test_an_account_dated_too_early_completes_no_unread_range(
    settings_for: Callable[..., Settings],
) -> None:
    limits = Reply(200, {"plan": "pro"}, {"Date": "Thu, 01 Jan 1970 00:00:00 GMT"})
    with serving(Vendor(BY_TIME, limits=limits)) as server:
        settings = settings_for(server.url)
        assert load(settings).complete
    assert stored(settings) == truth()


@pytest.mark.parametrize(
    ("headers", "meta"),
    [
        ({}, {"effective_start": "0001-01-01T00:00:00+05:00"}),
        ({"X-Credits-Used": "1e30"}, {}),
        ({"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "9999-12-31T23:59:59-05:00"}, {}),
        ({"X-Credits-Remaining": "18446744073709551615"}, {}),
    ],
)
def test_absurd_figures_beside_good_rows_cost_nothing(
    settings_for: Callable[..., Settings], headers: dict[str, str], meta: dict[str, Any]
) -> None:
    vendor = Vendor(BY_TIME)
    vendor.page_headers, vendor.meta = headers, meta
    with serving(vendor) as server:
        settings = settings_for(server.url)
        load(settings)
        asked = len(vendor.asked)
        load(settings)
        assert len(vendor.asked) == asked
    assert stored(settings) == truth()


@pytest.mark.parametrize(
    "limits",
    [
        {"plan": "pro", "max_history_days": 2147483647},
        {"plan": "pro", "credits": {"limit": 18446744073709551615, "remaining": 18446744073709551615, "used": 0}},
    ],
)
def test_an_absurd_account_is_no_bound(settings_for: Callable[..., Settings], limits: dict[str, Any]) -> None:
    with serving(Vendor(BY_TIME, limits=Reply(200, limits))) as server:
        settings = settings_for(server.url)
        report = load(settings)
    assert report.complete, report.left
    assert stored(settings) == truth()


def test_a_page_in_another_encoding_is_refused_and_blocks_no_other(
    settings_for: Callable[..., Settings],
) -> None:
    class Utf16(Vendor):
        def answer(self, rows: Sequence[dict[str, Any]], after: str | None) -> Reply:
            reply = super().answer(rows, after)
            return Reply(200, json.dumps(reply.body).encode("utf-16"), reply.headers)

    with serving(Utf16(BY_TIME)) as server:
        settings = settings_for(server.url)
        report = load(settings)
    assert report.failed
    assert not report.complete
    with serving(Vendor(BY_TIME)) as server:
        assert load(settings_for(server.url)).complete
    assert stored(settings) == truth()


def test_a_series_held_back_is_named_by_the_next_run(settings_for: Callable[..., Settings]) -> None:
    rows = [*BY_TIME, *(row("kalshi", hour, open_interest=1.0, open_interest_usd=1.0) for hour in range(HOURS))]
    with serving(Vendor(sorted(rows, key=lambda one: one["timestamp"]))) as server:
        settings = settings_for(server.url)
        for _ in range(2):
            report = load(settings)
            assert not report.complete
            assert any("the table quarantine" in sentence for sentence in report.left)
    assert report.requests == 0


def test_a_balance_in_the_answers_ends_reading_before_the_vendor_does(
    settings_for: Callable[..., Settings],
) -> None:
    """Behaviour 25: without an account page, the answers' own X-Credits-Remaining bounds what is requested."""
    vendor = Vendor(BY_TIME)
    vendor.page_headers = {"X-Credits-Remaining": "40"}
    with serving(vendor) as server:
        report = load(settings_for(server.url))
    assert len(vendor.asked) == 1
    assert not report.complete
    assert not report.failed
    assert any("40 credits left" in sentence for sentence in report.left)
