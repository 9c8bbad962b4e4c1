"""The account pages in every shape that the vendor's generations gave them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from include.domain.next_step import NextStep
from include.kwery.errors import ContractBroken, EndpointMissing, KeyRefused, PlanRefused
from include.kwery.models import IngestionStatus, Limits, SourceInfo, SymbolInfo
from tests.kwery.conftest import Start
from tests.kwery.scripted_server import Reply

DATE = {"Date": "Sat, 07 Mar 2026 11:00:00 GMT"}


def limits(start: Start, body: Any) -> Limits:
    client, server = start(Reply(body=body, headers=DATE))
    found = client.limits()
    assert server.asked[0].target == "/v1/limits"
    return found


def test_limits_as_the_live_service_gave_them(start: Start) -> None:
    body = {
        "plan": "business",
        "credits": {"used": 120, "limit": 50_000_000, "remaining": 49_999_880},
        "rate_limits": {"requests_per_second": 20, "requests_per_minute": 600},
        "features": {"snapshots": True},
        "max_rows_per_request": 2500,
        "max_history_days": 90,
        "snapshot_history": {"s500ms": None},
    }
    assert limits(start, body) == Limits(
        plan="business",
        credits_used=120,
        credits_limit=50_000_000,
        credits_remaining=49_999_880,
        requests_per_second=20,
        requests_per_minute=600,
        max_rows_per_request=2500,
        max_history_days=90,
        vendor_time=datetime(2026, 3, 7, 11, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "rates",
    [
        {"requests_per_minute": 50, "requests_per_hour": 3000, "current_minute": 7, "current_hour": 9},
        {"per_minute": 50, "per_hour": 3000, "current_per_minute": 7},
        {"current_minute": 7, "minute": 50, "hour": 3000},
        {"rpm": "50", "rph": 3000.0},
        {"minute": {"limit": 50, "remaining": 1}, "hour": {"limit": 3000}},
        [{"unit": "minute", "limit": 50}, {"unit": "hour", "limit": 3000}],
        {"requestsPerMinute": 50, "requestsPerHour": 3000},
    ],
)
def test_rates_are_found_under_any_name(start: Start, rates: Any) -> None:
    found = limits(start, {"plan": "pro", "rate_limits": rates})
    assert (found.requests_per_second, found.requests_per_minute, found.requests_per_hour) == (None, 50, 3000)


def test_rates_may_stand_beside_the_plan(start: Start) -> None:
    assert limits(start, {"plan": "pro", "requests_per_second": 0.5}).requests_per_second == 0.5
    assert limits(start, {"plan": "pro", "rateLimit": "30/min"}).requests_per_minute == 30


@pytest.mark.parametrize(
    ("given", "plan"),
    [
        ("developer", "pro"),
        ("Professional", "business"),
        ("basic", "free"),
        ("free", "free"),
        ("enterprise", "enterprise"),
    ],
)
def test_legacy_plan_names_are_todays(start: Start, given: str, plan: str) -> None:
    assert limits(start, {"plan": given}).plan == plan


def test_limits_with_odd_types_leave_the_figures_unknown(start: Start) -> None:
    body = {
        "plan": 7,
        "credits": {"used": "many", "limit": None, "remaining": "a lot"},
        "rate_limits": [],
        "max_rows_per_request": 0,
        "max_history_days": None,
    }
    assert limits(start, body) == Limits(vendor_time=datetime(2026, 3, 7, 11, tzinfo=UTC))


BALANCES: list[tuple[Any, int | None]] = [
    ("1 500", 1500), ("1'500'000", 1_500_000),
    (-500, 0), ("-500", 0), ("-1,500", 0), ("\N{MINUS SIGN}500", 0), ("1,500", 1500), (-0.5, 0), (-1e30, 0), (0.9, 0),
    ("12.7", 12), (None, None), (True, None), (1e30, None),
]  # fmt: skip


@pytest.mark.parametrize(("given", "remaining"), BALANCES)
def test_a_negative_balance_is_nothing_left(start: Start, given: Any, remaining: int | None) -> None:
    """Also where it is all that is said of credits."""
    assert limits(start, {"plan": "pro", "credits": {"remaining": given}}).credits_remaining == remaining


@pytest.mark.parametrize(
    "body",
    [
        {"plan": "pro", "credits": -500},
        {"plan": "pro", "credits_remaining": -500},
        {"credits": {"remaining": 0}},
        {"remaining": -500},
        {"data": {"credits_left": "-500"}},
        {"credits": {"balance": -3}},
        {"plan": "pro", "credits": {"remaining": "-500 credits"}},
        {"plan": "pro", "credit_balance": -1, "credits": {"remaining": 7}},
        {"plan": "pro", "creditsRemaining": 0},
        {"credits": {"monthly": {"remaining": 0}, "used_today": 5}},
        {"credits": {"remaining_credits": {"value": -3}}},
        {"credits": [{"remaining": 0}]},
        {"account": {"credits": {"Remaining": 0, "remaining_pct": 0.5}}},
        {"data": [{"credits_left": 0}]},
        {"plan": "pro", "usage": {"period": {"credits": {"remaining_credits": "-500"}}}, "credits": {"limit": 9}},
        b'{"credits": {"remaining": -5}, "usage_ratio": NaN}',
    ],
)
def test_a_balance_is_read_wherever_it_stands(start: Start, body: Any) -> None:
    assert limits(start, body).credits_remaining == 0


def test_an_account_inside_another_object_is_read_whole(start: Start) -> None:
    inner = {"plan": "basic", "credits": {"remaining": 7}, "rate_limits": {"per_minute": 15}, "maxHistoryDays": 7}
    found = limits(start, {"status": "ok", "result": {"account": inner}})
    assert (found.plan, found.credits_remaining) == ("free", 7)
    assert (found.requests_per_minute, found.max_history_days) == (15, 7)


def test_remaining_requests_or_money_are_no_credits(start: Start) -> None:
    body = {"remaining": 19, "balance": 0.0, "credits": {"remaining": 7000}}
    assert limits(start, body).credits_remaining == 7000


def test_of_several_rates_of_a_unit_the_lowest_counts(start: Start) -> None:
    rates = {"burst_per_second": 20, "requests_per_second": 0.5, "sustained_per_second": {"max": 2}}
    assert limits(start, {"plan": "pro", "rate_limits": rates}).requests_per_second == 0.5


def test_use_beyond_the_limit_leaves_nothing(start: Start) -> None:
    assert limits(start, {"credits": {"used": 1200, "limit": 1000}}).credits_remaining == 0
    rolled_over = {"used": 1200, "limit": 1000, "remaining": 300}
    assert limits(start, {"credits": rolled_over}).credits_remaining == 300


@pytest.mark.parametrize(
    ("given", "rate"), [(0.5, 0.5), ("0.5", 0.5), (20, 20), (1.5, 1.5), (0, None), (-1, None), ("many", None)]
)
@pytest.mark.parametrize("unit", ["second", "minute", "hour"])
def test_a_fraction_is_a_rate_and_nothing_is_none(start: Start, unit: str, given: Any, rate: float | None) -> None:
    found = limits(start, {"plan": "pro", "rate_limits": {f"requests_per_{unit}": given}})
    assert getattr(found, f"requests_per_{unit}") == rate


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"credits": {"used": 30, "limit": 100}}},
        {"plan": "pro", "usage": {"credits_used": 30, "credits_limit": 100}},
        {"plan": "pro", "used": 30, "limit": 100},
        {"credits": {"consumed": 30, "included": 100}},
        {"credits": {"monthly": {"used": 30, "quota": "100"}}},
        {"creditsUsed": 30, "creditsLimit": 100, "rate_limits": {"used": 3, "limit": 15}},
        [{"plan": {"name": "pro", "credits_used": 30, "monthly_credits_limit": 100}}],
        {"credits": {"used": 30}, "quota": {"credits": {"spent": 30, "total": 100}}},
    ],
)
def test_remaining_credits_are_worked_out_where_not_given(start: Start, body: Any) -> None:
    assert limits(start, body).credits_remaining == 70


@pytest.mark.parametrize(
    "body",
    [
        {"plan": "pro", "rate_limits": {"used": 3, "limit": 15}},
        {"plan": "pro", "requests": {"used": 3, "limit": 15}, "requests_used": 3, "requests_limit": 15},
        {"plan": "pro", "credits": {"limit": 100}, "usage": 0.3},
        {"plan": "pro", "max_rows_per_request": 1000, "usage": {"storage_used": 3, "storage_limit": 15}},
    ],
)
def test_what_is_used_of_something_else_is_no_balance(start: Start, body: Any) -> None:
    assert limits(start, body).credits_remaining is None


@pytest.mark.parametrize("body", ["", "busy", "[]", "{}", {"error": "internal_error"}])
def test_limits_that_say_nothing_are_not_an_account(start: Start, body: Any) -> None:
    with pytest.raises(ContractBroken, match="GET /v1/limits"):
        limits(start, body)


def test_sources_with_string_endpoints(start: Start) -> None:
    item = {
        "source": "binance",
        "label": "Binance",
        "symbols": ["BTC", "ETH"],
        "intervals": ["1h", "24h", "1d"],
        "endpoints": ["/v1/open-interest", "candles"],
        "tier_requirements": {"open-interest": {"basic": "7 days", "developer": "30 days", "business": "full"}},
    }
    client, _ = start(Reply(body={"sources": [item]}))
    assert client.sources() == [
        SourceInfo(
            source="binance_spot",
            label="Binance",
            symbols=("BTC", "ETH"),
            intervals=("1h", "1d"),
            endpoints=("open-interest", "candles"),
            tier_requirements={"open-interest": {"free": "7 days", "pro": "30 days", "business": "full"}},
        )
    ]


def test_sources_with_object_endpoints(start: Start) -> None:
    endpoint = {"path": "/v1/open-interest", "method": "GET", "min_tier": "Free", "credits": "50 + 3/row"}
    item = {"source": "kalshi", "display_name": "Kalshi", "symbols": None, "endpoints": [endpoint]}
    client, _ = start(Reply(body={"data": [item, {"display_name": "nameless"}, None, 3]}))
    assert client.sources() == [
        SourceInfo(
            source="kalshi",
            label="Kalshi",
            endpoints=("open-interest",),
            tier_requirements={"open-interest": {"min_tier": "free"}},
        )
    ]


def test_symbols(start: Start) -> None:
    items = [
        {
            "symbol": "BTC",
            "name": "Bitcoin",
            "sources": ["binance"],
            "intervals": ["24h"],
            "earliest_data": "2024-01-15",
        },
        {"symbol": "XRP", "earliest_data": "long ago", "more": 1},
        {"name": "nameless"},
        "SOL",
    ]
    client, _ = start(Reply(body={"symbols": items}))
    assert client.symbols() == [
        SymbolInfo("BTC", "Bitcoin", ("binance_spot",), ("1d",), datetime(2024, 1, 15, tzinfo=UTC)),
        SymbolInfo("XRP"),
        SymbolInfo("SOL"),
    ]


def test_status_by_source(start: Start) -> None:
    lines = [
        {"source": "kalshi", "last_run": None, "status": "down", "rows_inserted": None},
        {"source": "binance", "last_run": "2026-03-07T10:00:00.5Z", "status": "healthy", "rows_inserted": 12},
    ]
    client, _ = start(Reply(body={"status": "ok", "ingestion": lines}))
    assert client.status() == [
        IngestionStatus("kalshi", "down"),
        IngestionStatus(
            "binance_spot", "healthy", last_run=datetime(2026, 3, 7, 10, 0, 0, 500_000, tzinfo=UTC), rows_inserted=12
        ),
    ]


def test_status_by_source_and_symbol(start: Start) -> None:
    line = {"source": "kalshi", "symbol": "BTC", "last_ingested": "2026-03-07T10:00:00Z", "delay_seconds": 61.5}
    client, _ = start(Reply(body={"data": [line]}))
    assert client.status() == [
        IngestionStatus(
            "kalshi", "unknown", symbol="BTC", last_run=datetime(2026, 3, 7, 10, tzinfo=UTC), delay_seconds=61.5
        )
    ]


@pytest.mark.parametrize("body", [{"error": "plan_required", "required_tier": "pro"}, {"detail": "Forbidden"}, ""])
def test_status_that_the_plan_does_not_show_does_not_stop_the_run(start: Start, body: Any) -> None:
    client, _ = start(Reply(403, body))
    with pytest.raises(PlanRefused) as caught:
        client.status()
    assert caught.value.next_step is NextStep.STOP_SERIES


def test_a_paused_key_stops_the_run_on_account_pages_too(start: Start) -> None:
    client, _ = start(Reply(403, {"error": "api_key_paused"}))
    with pytest.raises(KeyRefused):
        client.status()


def test_an_account_page_that_is_gone_is_named(start: Start) -> None:
    client, _ = start(Reply(404, {"detail": "Not Found"}))
    with pytest.raises(EndpointMissing, match="GET /v1/symbols"):
        client.symbols()
