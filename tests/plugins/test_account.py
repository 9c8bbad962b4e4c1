from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from include.pipeline.pricing.quote import CycleAllowance, Preview
from include.planning.credits.lower_bound import LowerBound
from include.planning.credits.price import Price
from include.planning.credits.projection import Month
from include.settings.budget import Budget
from oi_airflow.account import account_problems

FIRST_OF_APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def preview(
    credits: int = 900,
    month: int = 650_000,
    limit: int | None = 1_000_000,
    remaining: int | None = 900_000,
    **more: Any,
) -> Preview:
    return Preview(
        lane="daily",
        windows=[],
        price=Price(9, 150, credits),
        at_most_credits=credits,
        lower_bound=LowerBound(150, 500, 900),
        naive_credits=5_000,
        allowance=CycleAllowance("pro", limit, 0, 0, remaining, remaining),
        monthly={"hourly": Month(Price(1, 1, month - 1_000), 10), "daily": Month(Price(1, 1, 1_000), 0)},
        monthly_naive_credits=5_000_000,
        **{"advice": [], "fits": True, "notes": [], "wall_minutes": None} | more,
    )


def test_a_month_beyond_the_plan_is_reported_on_its_first_day() -> None:
    [problem] = account_problems(preview(month=1_000_001, remaining=None), Budget(), FIRST_OF_APRIL)

    assert "a month costs 1,000,001 credits and the allowance is 1,000,000" in problem


def test_credits_that_will_not_last_the_month_are_reported() -> None:
    halfway = FIRST_OF_APRIL + timedelta(days=15)

    [problem] = account_problems(preview(month=600_000, remaining=299_999), Budget(), halfway)

    assert "the rest of this billing cycle (until 2026-05-01) costs 300,000 credits" in problem
    assert "299,999 are left beside the reserve" in problem
    assert account_problems(preview(month=600_000, remaining=300_000), Budget(), halfway) == []


def test_the_reserve_is_not_there_to_be_spent() -> None:
    seen = preview(month=600_000, remaining=600_000)
    allowance = replace(seen.allowance, reserve=50_000)

    [problem] = account_problems(replace(seen, allowance=allowance), Budget(), FIRST_OF_APRIL)

    assert "costs 600,000 credits and 550,000 are left beside the reserve" in problem


def test_the_rest_is_that_of_the_billing_cycle_on_whatever_day_it_begins() -> None:
    from_the_11th = Budget(cycle_day=11)

    [problem] = account_problems(preview(month=600_000, remaining=199_999), from_the_11th, FIRST_OF_APRIL)

    assert "(until 2026-04-11) costs 200,000 credits and 199,999 are left beside the reserve" in problem


def test_missing_figures_of_the_account_raise_no_alarm() -> None:
    assert account_problems(preview(month=9_000_000, limit=None, remaining=None), Budget(), FIRST_OF_APRIL) == []
