from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from include.ledger.credits.account import Account
from include.ledger.credits.limits import BudgetExceeded, allowance_of, left_of, limits_at, spend_position
from include.ledger.credits.permits import Granted
from include.ledger.credits.spend_position import SpendPosition
from include.ledger.database.engine import Ledger
from include.planning.credits.billing_cycle import cycle_of
from include.settings.budget import Budget
from tests.ledger.conftest import NOW
from tests.ledger.credits.spending import THOUSAND, spend

ACCOUNT = Account("pro", credits_limit=10_000, read_at=NOW, available_credits=9_000)


def position(
    account: Account | None = None, *, hourly: int = 0, daily: int = 0, backfill: int = 0, now: datetime = NOW
) -> SpendPosition:
    return SpendPosition(cycle_of(now, 1), account, {"hourly": hourly, "daily": daily, "backfill": backfill}, None, 0)


def available(lane: str, found: SpendPosition, budget: Budget = THOUSAND) -> dict[str, int]:
    return {limit.setting.split(" (")[0]: limit.available_credits for limit in limits_at(found, lane, budget, NOW)}


def test_allowance_is_the_lower_of_settings_and_account() -> None:
    assert allowance_of(position(), Budget()) is None
    assert allowance_of(position(ACCOUNT), Budget()) == 10_000
    assert allowance_of(position(ACCOUNT), THOUSAND) == 1000
    assert allowance_of(position(ACCOUNT), Budget(monthly_credits=20_000)) == 10_000
    only_a_balance = replace(ACCOUNT, credits_limit=None)
    assert allowance_of(position(only_a_balance, hourly=500, backfill=500), Budget()) == 10_000


def test_unknown_allowance_bounds_nothing() -> None:
    silent = replace(ACCOUNT, credits_limit=None, available_credits=None)
    for found in (position(), position(silent)):
        assert limits_at(found, "backfill", Budget(), NOW) == []
        assert left_of(found, Budget()) is None


def test_account_balance_comes_before_its_limit() -> None:
    topped_up = position(ACCOUNT, hourly=4000, backfill=5999)
    assert left_of(topped_up, Budget()) == 9000
    assert available("hourly", topped_up, Budget())["the vendor's plan"] == 8500
    without_balance = replace(ACCOUNT, available_credits=None)
    assert left_of(position(without_balance, hourly=4000), Budget()) == 6000


def test_each_lane_leaves_the_reserve_and_prior_lanes_shares() -> None:
    assert available("hourly", position()) == {"budget.monthly_credits": 950}
    assert available("daily", position()) == {"budget.monthly_credits": 450}
    assert available("backfill", position()) == {"budget.monthly_credits": 350, "budget.lane_shares.backfill": 350}
    assert available("hourly", position(hourly=600)) == {"budget.monthly_credits": 350}


def test_limit_names_its_reason_and_its_setting() -> None:
    month, account, share = limits_at(position(ACCOUNT, backfill=300), "backfill", THOUSAND, NOW)
    assert month.reason == (
        "the cycle's budget of 1,000 credits leaves 50 beside the reserve of 50 and 600 kept for runs that go first"
    )
    assert month.setting == "budget.monthly_credits (or lower budget.lane_shares.hourly)"
    assert account.reason.startswith("the account has 8,350 credits left in this billing cycle beside the reserve")
    assert share.reason == (
        "the backfill lane's share of 350 credits leaves 50 "
        "(what hourly and daily runs will not need is added from 2026-03-27 on)"
    )
    [hourly] = limits_at(position(), "hourly", Budget(monthly_credits=1000, reserve_share=0), NOW)
    assert (hourly.reason, hourly.setting) == (
        "the cycle's budget of 1,000 credits leaves 1,000",
        "budget.monthly_credits",
    )


def test_cycle_begins_on_its_day(ledger: Ledger) -> None:
    budget = THOUSAND.model_copy(update={"cycle_day": 9})
    assert isinstance(spend(ledger, "hourly", 900, budget=budget), Granted)
    assert isinstance(spend(ledger, "hourly", 100, budget=budget), BudgetExceeded)
    assert isinstance(spend(ledger, "hourly", 900, NOW + timedelta(days=1), budget), Granted)
    assert isinstance(spend(ledger, "hourly", 100, datetime(2026, 4, 1, tzinfo=NOW.tzinfo), budget), BudgetExceeded)


def test_changed_cycle_day_loses_no_spending(ledger: Ledger) -> None:
    spend(ledger, "hourly", 100, NOW - timedelta(days=5))
    spend(ledger, "backfill", 200, NOW)
    with ledger.read() as connection:
        spent = {
            day: spend_position(connection, Budget(cycle_day=day), NOW).spent for day in (1, 3, 4, 8, 9)
        }  # the 3rd and the 8th of March
    both, newest = {"hourly": 100, "daily": 0, "backfill": 200}, {"hourly": 0, "daily": 0, "backfill": 200}
    assert spent == {1: both, 3: both, 4: newest, 8: newest, 9: both}
