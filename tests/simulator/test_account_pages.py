from __future__ import annotations

import pytest

from .conftest import MakeCaller


@pytest.mark.parametrize(
    ("plan", "rates", "days"),
    [
        ("free", {"requests_per_minute": 15, "requests_per_hour": 600}, 7),
        ("pro", {"requests_per_minute": 50, "requests_per_hour": 3000}, 30),
        ("business", {"requests_per_second": 20, "requests_per_minute": 600}, None),
    ],
)
def test_limits_have_the_rates_and_depth_of_the_plan(
    caller: MakeCaller, plan: str, rates: dict[str, int], days: int | None
) -> None:
    body = caller(key=f"kwery_test_{plan}_1").page("limits").body
    assert (body["plan"], body["rate_limits"], body["max_history_days"]) == (plan, rates, days)


def test_sources_list_symbols_intervals_endpoints_and_tiers(caller: MakeCaller) -> None:
    listed = caller().page("sources").body["sources"]
    assert [source["source"] for source in listed] == ["binance_futures", "hyperliquid", "kalshi"]
    for source in listed:
        assert source["intervals"] == ["5m", "15m", "1h", "4h", "1d"]
        assert source["endpoints"] == ["open-interest"]
        assert source["tier_requirements"]["open-interest"] == {"free": "7 days", "pro": "30 days", "business": "full"}
    assert "KXELONMARS-99" in listed[2]["symbols"]
    assert "KXELONMARS-99" not in listed[0]["symbols"]


def test_symbols_list_where_and_since_when_they_exist(caller: MakeCaller) -> None:
    listed = {entry["symbol"]: entry for entry in caller().page("symbols").body["symbols"]}
    assert listed["BTC"]["sources"] == ["binance_futures", "hyperliquid", "kalshi"]
    assert listed["BTC"]["earliest_data"] == "2020-01-01T00:00:00Z"
    assert listed["XRP"]["sources"] == ["binance_futures", "hyperliquid"]


def test_status_has_the_last_run_of_each_source(caller: MakeCaller) -> None:
    body = caller().page("status").body
    assert body["status"] == "ok"
    assert {line["last_run"] for line in body["ingestion"]} == {"2026-03-20T12:30:00Z"}
    assert len(caller().page("status", limit=2).body["ingestion"]) == 2


@pytest.mark.parametrize("limit", [0, 201, "all"])
def test_status_refuses_a_limit_out_of_range_without_a_charge(caller: MakeCaller, limit: object) -> None:
    answer = caller().page("status", limit=limit)
    assert (answer.status, answer.body["error"]) == (400, "invalid_parameter")
    assert answer.headers["X-Credits-Charged"] == "0"
