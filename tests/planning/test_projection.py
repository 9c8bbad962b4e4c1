from __future__ import annotations

from itertools import product

import pytest

from include.kwery.contract import SOURCES, Interval, Series
from include.planning.coverage import Freshness
from include.planning.price import Price
from include.planning.projection import DAILY, DAY, HOURLY, MONTH, Schedule, monthly_price, naive_price
from tests.planning.grid import FRESHNESS, MIDNIGHT, PRICES, packing

EVERYTHING = [Series(*one) for one in product(("BTC", "ETH", "SOL", "XRP"), SOURCES, Interval)]
FIVE_MINUTES = [one for one in EVERYTHING if one.interval == Interval.M5]
NO_TAIL = Freshness(provisional_buckets=0, recheck_gap=DAY)


def test_a_plain_reader_pays_a_request_an_hour_for_each_series() -> None:
    """4 symbols, 3 sources, 5 intervals over 30 days."""
    assert naive_price(EVERYTHING, MIDNIGHT, MIDNIGHT + MONTH, PRICES) == Price(43_200, 149_400, 2_608_200)


def test_a_month_without_provisional_buckets_is_its_rows_and_a_request_a_run_and_stream() -> None:
    hourly = monthly_price(EVERYTHING, NO_TAIL, packing(), [HOURLY])
    daily = monthly_price(EVERYTHING, NO_TAIL, packing(), [DAILY])
    assert hourly == Price(3 * 4 * 720, 4 * 3 * (12 + 4 + 1) * 720, 8640 * 50 + 146_880 * 3)
    assert daily == Price(2 * 4 * 30, 4 * 3 * (6 + 1) * 30, 240 * 50 + 2_520 * 3)
    assert monthly_price(EVERYTHING, NO_TAIL, packing()) == hourly + daily


def test_each_provisional_bucket_at_the_end_of_a_run_is_read_again_by_the_next() -> None:
    price = monthly_price(FIVE_MINUTES, FRESHNESS, packing())
    assert price == Price(4 * 720, 4 * 3 * 13 * 720, 2880 * 50 + 112_320 * 3)


@pytest.mark.parametrize("buckets", [0, 1, 5])
def test_reading_by_coverage_costs_less_than_a_plain_reader(buckets: int) -> None:
    freshness = Freshness(buckets, DAY)
    plain = naive_price(EVERYTHING, MIDNIGHT, MIDNIGHT + MONTH, PRICES)
    assert monthly_price(EVERYTHING, freshness, packing()).credits < plain.credits


def test_rarer_runs_pay_for_fewer_requests() -> None:
    prices = [
        monthly_price(FIVE_MINUTES, NO_TAIL, packing(), [Schedule((Interval.M5,), DAY / times)]) for times in (24, 4, 1)
    ]
    assert [price.rows for price in prices] == [103_680] * 3
    assert prices[0].credits > prices[1].credits > prices[2].credits


def test_a_schedule_without_wanted_intervals_costs_nothing() -> None:
    assert monthly_price(FIVE_MINUTES, FRESHNESS, packing(), [DAILY]) == Price()


def test_a_month_of_many_symbols_is_the_sum_of_each_and_those_wanted_otherwise_count_as_they_are() -> None:
    fewer = [one for one in EVERYTHING if one.symbol != "SOL" or one.source == "kalshi"]
    each = [[one for one in fewer if one.symbol == symbol] for symbol in ("BTC", "ETH", "SOL", "XRP")]
    apart = [monthly_price(series, FRESHNESS, packing()) for series in each]
    assert monthly_price(fewer, FRESHNESS, packing()) == sum(apart, Price())
    assert apart[2] != apart[0] == apart[1] == apart[3]
