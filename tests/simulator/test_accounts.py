from __future__ import annotations

from datetime import timedelta

import pytest

from include.simulator.accounts import account_id

from .conftest import NOW, MakeCaller


@pytest.mark.parametrize(
    "key", [None, "", "secret", "kwery_", "kwery_a b c d", "kwery_" + "x" * 251, "other_test_free_1"]
)
def test_a_missing_or_badly_formed_key_is_401(caller: MakeCaller, key: str | None) -> None:
    asking = caller(key=key)
    for answer in (asking.ask(), asking.page("limits")):
        assert (answer.status, answer.body["error"]) == (401, "unauthorized")
        assert "X-Request-ID" in answer.headers
        assert key is None or len(key) < 5 or key not in answer.body["message"]


@pytest.mark.parametrize(
    ("key", "plan"),
    [("kwery_test_free_1", "free"), ("kwery_test_pro_x_y", "pro"), ("kwery_test_business_1", "business"),
     ("kwery_live_abcdef", "pro"), ("kwery_test_gold_1", "pro"), ("kwery_" + "x" * 250, "pro")],
)  # fmt: skip
def test_a_key_names_its_plan_or_has_the_default(caller: MakeCaller, key: str, plan: str) -> None:
    assert caller(key=key, plan="pro").page("limits").body["plan"] == plan


@pytest.mark.parametrize(
    ("plan", "cap", "allowance"), [("free", 100, 150_000), ("pro", 1000, 10_000_000), ("business", 2500, 50_000_000)]
)
def test_the_plan_caps_rows_and_sets_the_allowance(caller: MakeCaller, plan: str, cap: int, allowance: int) -> None:
    asking = caller(key=f"kwery_test_{plan}_1")
    answer = asking.ask(start="2026-03-15", end="2026-03-20", interval="5m", limit=1000)
    assert len(answer.rows) == min(cap, 1000)
    assert answer.headers["X-Rows-Capped"] == ("true" if cap < 1000 else "false")
    assert answer.body["meta"]["next_cursor"]
    limits = asking.page("limits").body
    assert limits["max_rows_per_request"] == cap
    assert limits["credits"]["limit"] == allowance


def test_the_callers_own_limit_does_not_count_as_a_cap(caller: MakeCaller) -> None:
    answer = caller(key="kwery_test_free_1").ask(start="2026-03-15", end="2026-03-20", limit=10)
    assert answer.headers["X-Rows-Capped"] == "false"
    assert answer.body["meta"]["has_more"] is True


def test_an_answer_costs_fifty_and_three_a_row(caller: MakeCaller) -> None:
    asking = caller()
    answer = asking.ask(limit=7, start="2026-03-07", end="2026-03-08")
    assert answer.headers["X-Credits-Used"] == "71"
    assert answer.headers["X-Credits-Remaining"] == "49999929"
    assert asking.page("limits").body["credits"] == {"used": 71, "limit": 50_000_000, "remaining": 49_999_929}


def test_limits_and_symbols_are_free_and_sources_and_status_cost_25(caller: MakeCaller) -> None:
    asking = caller()
    charged = {
        name: asking.page(name).headers["X-Credits-Charged"] for name in ("limits", "symbols", "sources", "status")
    }
    assert charged == {"limits": "0", "symbols": "0", "sources": "25", "status": "25"}
    assert asking.page("limits").body["credits"]["used"] == 50


def test_an_answer_the_allowance_cannot_pay_is_402_and_leaves_it_as_it_was(caller: MakeCaller) -> None:
    asking = caller(allowance_credits=100)
    window = {"start": "2026-03-07", "end": "2026-03-08"}
    refused = asking.ask(**window, limit=17)
    assert (refused.status, refused.body["error"]) == (402, "credits_exhausted")
    assert refused.headers["X-Credits-Remaining"] == "100"
    assert asking.ask(**window, limit=16).headers["X-Credits-Remaining"] == "2"
    assert asking.page("status").status == 402
    assert asking.page("limits").body["credits"]["remaining"] == 2


def test_each_key_is_an_account_of_its_own(caller: MakeCaller) -> None:
    asking = caller()
    asking.ask()
    assert asking.using("kwery_test_business_2").page("limits").body["credits"]["used"] == 0


def test_the_allowance_is_full_again_in_the_next_month(caller: MakeCaller) -> None:
    asking = caller()
    asking.ask()
    asking.simulator.clock.pin(NOW + timedelta(days=20))
    assert asking.page("limits").body["credits"]["used"] == 0
    account = asking.simulator.accounts.by_id[account_id(asking.key or "")]
    assert account.credits > 0
