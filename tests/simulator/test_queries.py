from __future__ import annotations

import pytest

from include.simulator.responses import VendorResponse

from .conftest import MakeCaller


def code(answer: VendorResponse) -> tuple[int, str]:
    return answer.status, answer.body["error"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"symbol": None}, "invalid_symbol"),
        ({"symbol": ""}, "invalid_symbol"),
        ({"symbol": "btc"}, "invalid_symbol"),
        ({"source": "okx"}, "invalid_source"),
        ({"source": ""}, "invalid_source"),
        ({"interval": "2h"}, "invalid_interval"),
        ({"interval": "24h"}, "invalid_interval"),
        ({"start": "2026-03-09", "end": "2026-03-08"}, "invalid_time_range"),
        ({"start": "yesterday"}, "invalid_time_range"),
        ({"end": "2026-03-08T00:00:00 00:00"}, "invalid_time_range"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "invalid_time_range"),
        ({"limit": 0}, "invalid_parameter"),
        ({"limit": 1001}, "invalid_parameter"),
        ({"limit": -5}, "invalid_parameter"),
        ({"limit": "ten"}, "invalid_parameter"),
        ({"limit": "²"}, "invalid_parameter"),
        ({"limit": "9" * 5000}, "invalid_parameter"),
    ],
)
def test_a_bad_parameter_is_answered_400_by_its_name_and_costs_nothing(
    caller: MakeCaller, query: dict[str, object], expected: str
) -> None:
    asking = caller()
    answer = asking.ask(**query)
    assert code(answer) == (400, expected)
    assert answer.headers["X-Credits-Used"] == "0"
    assert asking.page("limits").body["credits"]["used"] == 0


def test_defaults_are_all_sources_1h_and_the_newest_hundred_rows(caller: MakeCaller) -> None:
    """For a request with a symbol alone."""
    answer = caller().ask(source=None)
    assert answer.body["meta"] | {"returned": 0} == {
        "symbol": "BTC", "source": "all", "interval": "1h", "returned": 0, "next_cursor": None, "has_more": False,
    }  # fmt: skip
    assert 95 <= len(answer.rows) <= 99
    assert answer.rows[-1]["timestamp"] == "2026-03-20T12:00:00Z"
    assert {row["source"] for row in answer.rows} == {"binance_futures", "hyperliquid", "kalshi"}


def test_an_end_alone_gives_the_page_before_it(caller: MakeCaller) -> None:
    rows = caller().ask(end="2026-03-08", limit=4).rows
    assert [row["timestamp"] for row in rows] == [f"2026-03-07T{hour}:00:00Z" for hour in (20, 21, 22, 23)]


def test_a_start_alone_reaches_to_now(caller: MakeCaller) -> None:
    rows = caller().ask(start="2026-03-20T10:00:00Z").rows
    assert [row["timestamp"][11:13] for row in rows] == ["10", "11", "12"]


@pytest.mark.parametrize(
    "start", ["2026-03-07", "2026-03-07T01:00:00+01:00", "2026-03-07T00:00:00", "20260307T000000Z"]
)
def test_bounds_are_read_with_and_without_an_offset(caller: MakeCaller, start: str) -> None:
    assert caller().ask(start=start, end="2026-03-08").rows[0]["timestamp"] == "2026-03-07T00:00:00Z"


def test_start_equal_to_end_is_an_empty_answer(caller: MakeCaller) -> None:
    answer = caller().ask(start="2026-03-07", end="2026-03-07")
    assert (answer.status, answer.rows) == (200, [])


def test_a_range_in_the_future_is_an_empty_answer(caller: MakeCaller) -> None:
    answer = caller(key="kwery_test_free_1").ask(start="2027-01-01", end="2030-01-01")
    assert (answer.status, answer.rows) == (200, [])


def test_a_listed_symbol_on_a_source_without_it_is_an_empty_answer(caller: MakeCaller) -> None:
    assert caller().ask(symbol="XRP", source="kalshi").rows == []


@pytest.mark.parametrize(("plan", "days", "tier"), [("free", 7, "pro"), ("pro", 30, "business")])
class TestDepth:
    def test_a_range_longer_than_the_plan_is_400(self, caller: MakeCaller, plan: str, days: int, tier: str) -> None:
        answer = caller(key=f"kwery_test_{plan}_1").ask(start="2026-02-01", end="2026-03-20")
        assert code(answer) == (400, "invalid_time_range")
        assert answer.body["required_tier"] == "business"
        assert answer.headers["X-Plan"] == plan

    def test_a_short_range_before_the_plans_history_is_403(
        self, caller: MakeCaller, plan: str, days: int, tier: str
    ) -> None:
        start = {"free": "2026-03-12", "pro": "2026-02-16"}[plan]
        answer = caller(key=f"kwery_test_{plan}_1").ask(start=start, end=f"{start}T12:00:00Z")
        assert code(answer) == (403, "tier_restricted")
        assert answer.body["required_tier"] == tier
        assert answer.body["upgrade_url"].startswith("https://")
        assert answer.headers["X-Credits-Used"] == "0"

    def test_the_whole_history_of_the_plan_is_open(self, caller: MakeCaller, plan: str, days: int, tier: str) -> None:
        start = {"free": "2026-03-13T12:34:56Z", "pro": "2026-02-18T12:34:56Z"}[plan]
        assert caller(key=f"kwery_test_{plan}_1").ask(start=start, end="2027-01-01").status == 200


def test_business_reads_the_full_history(caller: MakeCaller) -> None:
    assert caller().ask(start="2020-01-01", end="2020-01-02").rows[0]["timestamp"] == "2020-01-01T00:00:00Z"
