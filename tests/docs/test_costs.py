"""Every figure of docs/costs.md is what the code computes with the default settings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from include.domain.market import SOURCES, Interval, Series
from include.kwery.plans import SOLD_PLANS
from include.planning.credits.billing_cycle import cycle_of
from include.planning.credits.lanes import share_out
from include.planning.credits.lower_bound import lower_bound_of
from include.planning.credits.price import Price
from include.planning.credits.projection import monthly_price, naive_month
from include.planning.credits.scenarios import Scenario, price_scenarios
from include.planning.schedule import newest_age, reaches_back_to, schedules
from include.planning.windows.coverage import Freshness
from include.planning.windows.plan import Wanted, make_plan
from include.planning.windows.windows import Packing
from include.settings import ROOT, Settings
from include.settings.budget import Budget
from include.settings.schedule import HOURLY_INTERVALS
from tests.docs.pages import section

PAGE = (ROOT / "docs" / "costs.md").read_text()
SETTINGS = Settings(home=ROOT / ".oi")
FRESHNESS = Freshness(1, timedelta(hours=24), SETTINGS.plan.provisional_buckets)
PACKING = Packing(SETTINGS.api.row_cap, SETTINGS.plan.window_pages, SETTINGS.prices)
HOURLY = timedelta(hours=1)
ALL = [Series(symbol, source, one) for symbol in SETTINGS.series.symbols for source in SOURCES for one in Interval]


def line(*cells: object) -> str:
    """A table's line as the page has it; numbers with commas."""
    return "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells) + " |"


def price_of(series: Iterable[Series], start: datetime, end: datetime) -> Price:
    """What a range costs that is not known yet, a month later."""
    wanted = Wanted(tuple(series), start, end)
    return make_plan(wanted, {}, {}, now=end + timedelta(days=30), freshness=FRESHNESS, packing=PACKING).price


def test_a_month_of_the_default_settings() -> None:
    months = monthly_price(ALL, schedules(HOURLY), FRESHNESS, PACKING)

    for lane, month in months.items():
        price = month.price
        assert line(lane, price.requests, price.rows, price.credits, month.reread_credits) in PAGE
    whole = sum((month.price for month in months.values()), Price())
    reread = sum(month.reread_credits for month in months.values())
    assert line("together", whole.requests, whole.rows, whole.credits, reread) in PAGE
    assert f"would pay {naive_month(ALL, SETTINGS.prices).credits:,}" in PAGE
    shares = [
        line(plan.name, plan.monthly_credits, f"{whole.credits / plan.monthly_credits:.1%}") for plan in SOLD_PLANS
    ]
    assert all(share in PAGE for share in shares)


def test_how_fresh_rows_are_and_what_4h_each_hour_would_cost() -> None:
    def shown(age: timedelta) -> str:
        hours, minutes = divmod(age // timedelta(minutes=1), 60)
        return f"{hours}h{minutes:02d}"

    hourly, daily = schedules(HOURLY)
    fresher = (replace(hourly, intervals=(*hourly.intervals, Interval.H4)), daily)
    before, after = (monthly_price(ALL, lanes, FRESHNESS, PACKING) for lanes in ((hourly, daily), fresher))
    more = sum(month.price.credits for month in after.values()) - sum(month.price.credits for month in before.values())
    ages = [shown(newest_age(interval, HOURLY)) for interval in Interval]
    each_bucket = shown(Interval.H4.step + hourly.delay + Interval.H4.step)
    page = " ".join(PAGE.split())
    assert "at most {}, {} and {} ago".format(*ages[:3]) in page
    assert f"at most {ages[3]} ago. Each hour it would be {each_bucket}, for {more:,} credits more." in page


def test_a_backfill_of_short_series() -> None:
    symbols = [Series(f"S{number}", source, Interval.D1) for number in range(40) for source in SOURCES]
    start = datetime(2025, 1, 1, tzinfo=UTC)
    wanted = Wanted(tuple(symbols), start, start + timedelta(days=90))
    plan = make_plan(wanted, {}, {}, now=start + timedelta(days=120), freshness=FRESHNESS, packing=PACKING)
    floor = lower_bound_of(plan.useful, PACKING)
    page = " ".join(PAGE.split())
    assert f"cost {plan.price.credits:,} credits where the lower bound is {floor.credits:,}." in page


def test_the_readme_has_the_same_figures() -> None:
    figures = re.findall(r"\d{1,3}(?:,\d{3})+", section((ROOT / "README.md").read_text(), "What it costs"))
    assert figures
    assert all(figure in PAGE for figure in figures)


def test_ways_to_make_a_month_cheaper() -> None:
    streams = [(symbol, source) for symbol in SETTINGS.series.symbols for source in SOURCES]
    options = price_scenarios(
        streams, Scenario.of(Interval, HOURLY), FRESHNESS, PACKING, SETTINGS.series.derive_sample_buckets
    )
    shown = [
        (tuple(Interval), False, 1),
        (tuple(Interval), False, 4),
        (tuple(Interval), True, 1),
        ((Interval.M5,), False, 1),
        ((Interval.H1,), False, 1),
        ((Interval.H4, Interval.D1), False, None),
    ]

    found = 0
    for one in options:
        hours = one.scenario.hourly_every // HOURLY if one.scenario.hourly_every else None
        if (one.scenario.intervals, one.scenario.derived, hours) in shown:
            found += 1
            name = " ".join(one.scenario.intervals) + (", derived from 5m" if one.scenario.derived else "")
            assert line(name, hours or "-", one.price.requests, one.price.credits) in PAGE
    assert found == len(shown)


@pytest.mark.parametrize("interval", list(Interval))
def test_a_year_of_one_symbol_on_all_sources(interval: Interval) -> None:
    year = price_of(
        [Series("BTC", source, interval) for source in SOURCES],
        datetime(2025, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert line(interval, year.rows, year.requests, year.credits) in PAGE


def test_the_first_run_of_each_lane() -> None:
    now, lookback = datetime(2026, 3, 10, tzinfo=UTC), timedelta(days=SETTINGS.plan.lookback_days)
    hourly, daily = (reaches_back_to(now - one.every, lookback, one.every) for one in schedules(HOURLY))
    short = [one for one in ALL if one.interval in HOURLY_INTERVALS]
    rest = [one for one in ALL if one.interval not in HOURLY_INTERVALS]
    then = price_of(short, daily, hourly) + price_of(rest, daily, now)
    assert (
        f"hourly lane's is {price_of(short, hourly, now).credits:,} credits, the daily lane's then {then.credits:,}"
        in PAGE
    )


@pytest.mark.parametrize("rows", [0, 1, 100, 1000])
def test_a_page(rows: int) -> None:
    credits = SETTINGS.prices.credits(rows)
    assert line(rows, credits, f"{credits / rows:.2f}" if rows else "-") in PAGE


@pytest.mark.parametrize("day", [1, 16, 26, 28, 30])
def test_what_a_backfill_may_use_in_a_cycle(day: int) -> None:
    allowance, spent = 1_000_000, {"hourly": 10_000 * (day - 1), "daily": 500 * (day - 1), "backfill": 0}
    now = datetime(2026, 6, day, tzinfo=UTC)

    lanes = share_out(allowance, spent, Budget(), cycle_of(now, 1), now)

    left = allowance - sum(spent.values()) - lanes.withheld("backfill")
    may_use = min(left, lanes.shares["backfill"] + lanes.released)
    assert line(day, spent["hourly"], lanes.kept["hourly"], lanes.kept["daily"], may_use) in PAGE


def test_the_worst_that_a_crash_can_cost() -> None:
    worst = SETTINGS.api.concurrency * SETTINGS.prices.credits(SETTINGS.api.row_cap)
    assert f"{SETTINGS.api.concurrency} requests" in PAGE
    assert f"{worst:,} credits" in PAGE
