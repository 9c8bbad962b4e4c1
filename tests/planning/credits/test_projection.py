from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import product

import pytest

from include.domain.clock import DAY, HOUR
from include.domain.market import SOURCES, Interval, Series
from include.planning.credits.price import Price
from include.planning.credits.projection import MONTH, Month, monthly_price, naive_month, naive_price
from include.planning.schedule import schedules
from include.planning.windows.coverage import Freshness
from tests.planning.grid import FRESHNESS, MIDNIGHT, PRICES, packing

EVERYTHING = [Series(*one) for one in product(("BTC", "ETH", "SOL", "XRP"), SOURCES, Interval)]
FIVE_MINUTES = [one for one in EVERYTHING if one.interval == Interval.M5]
NO_TAIL = Freshness(provisional_buckets=0, recheck_gap=DAY)


def month(
    series: Sequence[Series] = EVERYTHING,
    freshness: Freshness = FRESHNESS,
    hourly_every: timedelta = HOUR,
    limit: int = 1000,
) -> dict[str, Month]:
    return monthly_price(series, schedules(hourly_every), freshness, packing(limit))


def credits(months: dict[str, Month]) -> int:
    return sum(one.price.credits for one in months.values())


def test_a_plain_reader_pays_a_request_an_hour_for_each_series() -> None:
    """4 symbols, 3 sources, 5 intervals over 30 days."""
    assert naive_price(EVERYTHING, MIDNIGHT, MIDNIGHT + MONTH, PRICES) == Price(43_200, 149_400, 2_608_200)
    assert naive_month(EVERYTHING, PRICES) == Price(43_200, 149_400, 2_608_200)


def test_staying_current_costs_at_most_40_percent_of_a_naive_reader() -> None:
    """Each hour as fresh as the naive reader has it, and provisional buckets read again until they are final."""
    assert credits(month()) <= 0.40 * naive_month(EVERYTHING, PRICES).credits
    assert credits(month(limit=100)) <= 0.40 * naive_month(EVERYTHING, PRICES).credits


def test_a_month_is_its_rows_and_a_request_a_run_and_stream() -> None:
    assert month(freshness=NO_TAIL) == {
        "hourly": Month(Price(3 * 4 * 720, 4 * 3 * (12 + 4 + 1) * 720, 8640 * 50 + 146_880 * 3), 0),
        "daily": Month(Price(2 * 4 * 30, 4 * 3 * (6 + 1) * 30, 240 * 50 + 2_520 * 3), 0),
    }


def test_a_bucket_that_is_final_at_once_is_read_once() -> None:
    assert month(FIVE_MINUTES) == month(FIVE_MINUTES, NO_TAIL)


def test_rereads_of_provisional_buckets_are_priced_apart() -> None:
    hours = [one for one in EVERYTHING if one.interval == Interval.H1]
    paid, rows = month(hours)["hourly"], 4 * 3 * 2 * 720
    assert paid == Month(Price(4 * 720, rows, 2880 * 50 + rows * 3), reread_credits=rows // 2 * 3)


def test_the_daily_run_pays_for_what_turned_final_since_hourly() -> None:
    """At 00:20 the bucket of 23:45 is final, and at 00:05 it was not."""
    quarters = [one for one in EVERYTHING if one.interval == Interval.M15]
    assert month(quarters)["daily"] == Month(Price(4 * 30, 4 * 3 * 30, 4 * 30 * 59), 4 * 30 * 59)


@pytest.mark.parametrize("buckets", [0, 1, 5])
def test_a_longer_provisional_tail_costs_more_and_says_how_much(buckets: int) -> None:
    tail = month(freshness=Freshness(buckets, DAY))
    assert credits(tail) - sum(one.reread_credits for one in tail.values()) == credits(month(freshness=NO_TAIL))
    assert credits(tail) <= credits(month(freshness=Freshness(buckets + 1, DAY)))
    assert credits(tail) < naive_month(EVERYTHING, PRICES).credits


def test_rarer_runs_pay_for_fewer_requests() -> None:
    prices = [month(FIVE_MINUTES, NO_TAIL, DAY / times)["hourly"].price for times in (24, 4, 1)]
    assert [price.rows for price in prices] == [103_680] * 3
    assert [price.requests for price in prices] == [4 * 30 * times for times in (24, 4, 1)]


def test_symbols_cost_what_they_cost_one_by_one() -> None:
    some = [*FIVE_MINUTES, Series("DOGE", "binance_futures", Interval.M5), Series("DOGE", "kalshi", Interval.D1)]
    each = [month([one for one in some if one.symbol == symbol]) for symbol in {one.symbol for one in some}]
    for lane, paid in month(some).items():
        assert paid == sum((one[lane] for one in each), Month())


def test_nothing_wanted_costs_nothing() -> None:
    assert month([]) == {"hourly": Month(), "daily": Month()}
