from __future__ import annotations

from datetime import timedelta
from itertools import product

from include.domain.clock import HOUR
from include.domain.market import SOURCES, Interval, Series
from include.planning.credits.projection import monthly_price
from include.planning.credits.scenarios import PricedScenario, Scenario, best_within, cheapest_as_fresh, price_scenarios
from include.planning.schedule import schedules
from tests.planning.grid import FRESHNESS, packing

STREAMS = list(product(("BTC", "ETH", "SOL"), SOURCES))
FREE_CREDITS = 150_000
SAMPLE = 6
NOW = Scenario.of(Interval, HOUR)


def options(present: Scenario = NOW, limit: int = 1000) -> dict[Scenario, PricedScenario]:
    return {one.scenario: one for one in price_scenarios(STREAMS, present, FRESHNESS, packing(limit), SAMPLE)}


def test_an_option_costs_what_the_projection_says_of_its_settings() -> None:
    for way, option in options().items():
        series = [Series(*stream, interval) for stream in STREAMS for interval in way.intervals]
        lanes, derived = schedules(way.hourly_every or HOUR), {one for one in series if way.derives(one.interval)}
        months = monthly_price(series, lanes, FRESHNESS, packing(), derived, SAMPLE)
        assert option.price.credits == sum(month.price.credits for month in months.values())


def test_the_cheapest_comes_first() -> None:
    prices = [one.price.credits for one in options().values()]
    assert prices == sorted(prices)


def test_what_the_settings_make_now_is_an_option_whatever_it_is() -> None:
    odd = Scenario.of([Interval.H4, Interval.M5], 3 * HOUR)
    assert odd.intervals == (Interval.M5, Interval.H4)
    assert odd in options(odd)


def test_without_an_hourly_interval_the_hourly_lane_makes_no_difference() -> None:
    assert Scenario.of([Interval.D1], HOUR) == Scenario.of([Interval.D1], 4 * HOUR)
    assert sum(way.intervals == (Interval.D1,) for way in options()) == 1


def test_rarer_runs_are_cheaper_and_leave_older_rows() -> None:
    found = options()
    hourly, rare = found[NOW], found[Scenario.of(Interval, 4 * HOUR)]
    assert rare.price.credits < hourly.price.credits
    assert rare.newest_age - hourly.newest_age == 3 * HOUR


def test_deriving_is_as_fresh_as_buying_at_half_the_price() -> None:
    found = options()
    derived = found[Scenario.of(Interval, HOUR, derive=True)]
    assert derived.price.credits < 0.55 * found[NOW].price.credits
    assert (derived.newest_age, derived.final_age) == (found[NOW].newest_age, found[NOW].final_age)


def test_nothing_is_derived_without_5m_or_of_5m_alone() -> None:
    assert not Scenario.of([Interval.M15, Interval.H1], HOUR, derive=True).derived
    assert not Scenario.of([Interval.M5], HOUR, derive=True).derived


def test_the_cheapest_as_fresh_reads_as_often_as_now() -> None:
    found = options()
    assert cheapest_as_fresh(found.values(), found[NOW]).scenario == Scenario.of([Interval.M5], HOUR)
    rare = found[Scenario.of(Interval, timedelta(days=1))]
    assert cheapest_as_fresh(found.values(), rare).price.credits < rare.price.credits


def test_an_option_fits_the_free_plan_and_the_best_of_them_is_the_freshest() -> None:
    """Its pages hold 100 rows: 1h every hour fits for three symbols, every interval once a day does not."""
    found = options(limit=100)
    best = best_within(found.values(), FREE_CREDITS)
    assert best is not None
    assert best.scenario == Scenario.of([Interval.H1], HOUR)
    assert best.price.credits <= FREE_CREDITS < found[Scenario.of(Interval, timedelta(days=1))].price.credits
    assert all(one.rank >= best.rank for one in found.values() if one.price.credits <= FREE_CREDITS)


def test_no_option_fits_next_to_nothing() -> None:
    assert best_within(options().values(), 100) is None
