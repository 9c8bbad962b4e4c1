from __future__ import annotations

from itertools import product

from include.domain.market import SOURCES, Interval, Series
from include.planning.credits.advice import fit
from include.planning.windows.plan import Plan, Wanted, make_plan
from tests.planning.grid import FRESHNESS, at, packing


def plan_of(symbols: tuple[str, ...], intervals: tuple[Interval, ...], buckets: int = 288) -> Plan:
    series = tuple(Series(*one) for one in product(symbols, SOURCES, intervals))
    return make_plan(
        Wanted(series, at(0), at(buckets)), {}, {}, now=at(1000), freshness=FRESHNESS, packing=packing(window_pages=1)
    )


PLAN = plan_of(("BTC", "ETH"), (Interval.M5, Interval.H1))
"""Two symbols: 288 rows of 5m and 24 of 1h from each of three sources."""
NEED = 2 * (50 + 864 * 3 + 50 + 72 * 3)


def test_a_plan_that_fits_needs_no_advice() -> None:
    assert PLAN.worst_case_credits == NEED
    assert fit(PLAN, {"budget.monthly_credits": NEED, "budget.run_credits": NEED + 1}) == []
    assert fit(PLAN, {}) == []


def test_short_limits_are_named_tightest_first_with_what_they_lack() -> None:
    left = {"budget.monthly_credits": 5000, "budget.lane_shares.backfill": 3000, "budget.run_credits": 10_000}
    first, second, *_ = fit(PLAN, left)
    assert (first.setting, first.credits) == ("budget.lane_shares.backfill", NEED - 3000)
    assert (second.setting, second.credits) == ("budget.monthly_credits", NEED - 5000)
    assert "3,000 credits left" in first.text
    assert f"{NEED:,} (4 requests, 1,872 rows)" in first.text
    assert f"{NEED - 3000:,} more are needed" in first.text


def test_narrower_settings_are_offered_with_what_they_save() -> None:
    advice = {one.setting: one for one in fit(PLAN, {"budget.run_credits": 1000})}
    assert advice["series.intervals"].credits == 2 * (50 + 864 * 3)
    assert f"5m takes {2 * 2642:,} credits; without it the plan costs {2 * 266:,}" in advice["series.intervals"].text
    assert advice["series.symbols"].credits == NEED // 2


def test_a_single_symbol_and_interval_cannot_be_narrowed() -> None:
    settings = [one.setting for one in fit(plan_of(("BTC",), (Interval.M5,)), {"budget.run_credits": 100})]
    assert settings == ["budget.run_credits", "range"]


def test_it_says_how_much_of_the_range_the_credits_buy() -> None:
    plan = plan_of(("BTC",), (Interval.M5,), buckets=999)
    half = fit(plan, {"budget.run_credits": plan.worst_case_credits // 2})[-1]
    assert half.setting == "range"
    assert half.text.endswith("credits will buy about 42 hours of it")
    for too_few in (-5, 5):
        assert [one.setting for one in fit(plan, {"budget.run_credits": too_few})] == ["budget.run_credits"]


def test_of_many_symbols_it_says_how_many_fit() -> None:
    plan = plan_of(tuple(f"S{number:02d}" for number in range(21)), (Interval.H1,))
    each = 50 + 72 * 3
    advice = {one.setting: one for one in fit(plan, {"budget.run_credits": 5 * each + 1})}
    assert f"21 symbols take about {each} credits each; 5 of them fit" in advice["series.symbols"].text
