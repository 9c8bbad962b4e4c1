"""What staying current is charged by the vendor, beside what the plan of a month says."""

from __future__ import annotations

from datetime import datetime, timedelta

from include.domain.market import SOURCES, Interval, Series
from include.pipeline.scope.policies import freshness_of
from include.pipeline.scope.scope import scope_of
from include.planning.credits.projection import monthly_price, naive_month
from include.planning.schedule import DELAY, schedules
from include.planning.windows.windows import Packing
from include.settings import Settings
from include.settings.schedule import HOURLY_INTERVALS
from include.simulator.server import RunningSimulator
from tests.pipeline.conftest import KEY, NEXT_DAY, run_steps

HOUR = timedelta(hours=1)
LOOKBACK = timedelta(days=2)
HOURS, DAYS = 30 * 24, 30


def charged(vendor: RunningSimulator, settings: Settings, lane: str, end: datetime) -> int:
    """What a run of a lane pays that reads up to `end`, at its minute."""
    vendor.pin(end + DELAY[lane])
    before = vendor.account(KEY).credits
    intervals = HOURLY_INTERVALS if lane == "hourly" else tuple(Interval)
    every = HOUR if lane == "hourly" else timedelta(days=1)
    wanted = scope_of(
        settings, start=end - LOOKBACK, end=end, symbols=["BTC"], lane_intervals=intervals, heal_before=end - every
    )
    assert run_steps(settings, wanted, lane=lane).failed is False
    return vendor.account(KEY).credits - before


def test_runs_cost_what_the_monthly_price_says(vendor: RunningSimulator, settings: Settings) -> None:
    """At most two fifths of what a naive reader pays."""
    series = [Series("BTC", source, interval) for source in SOURCES for interval in Interval]
    packing = Packing(settings.api.row_cap, settings.plan.window_pages, settings.prices)
    months = monthly_price(series, schedules(HOUR), freshness_of(settings), packing)
    charged(vendor, settings, "daily", NEXT_DAY)
    hours = [charged(vendor, settings, "hourly", NEXT_DAY + number * HOUR) for number in (1, 2, 3)]
    charged(vendor, settings, "hourly", NEXT_DAY + timedelta(days=1))
    day = charged(vendor, settings, "daily", NEXT_DAY + timedelta(days=1))
    hourly, whole = sum(hours[1:]) / 2 * HOURS, sum((month.price.credits for month in months.values()), 0)
    assert 0.99 * months["hourly"].price.credits <= hourly <= 1.01 * months["hourly"].price.credits
    assert 0.99 * whole <= hourly + day * DAYS <= 1.03 * whole, "empty time is requested once more"
    assert hourly + day * DAYS <= 0.40 * naive_month(series, settings.prices).credits
