from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from include.domain.market import SOURCES, Interval, Series
from include.domain.time_range import TimeRange
from include.planning.credits.lower_bound import LowerBound, full_pages_price, lower_bound_of
from include.planning.credits.price import Price
from include.planning.windows.coverage import Covered, overlay
from include.planning.windows.plan import Plan, Wanted, make_plan
from tests.planning.grid import FRESHNESS, MIDNIGHT, packing

DAY = timedelta(days=1)
NEVER = MIDNIGHT + 4000 * DAY
SYMBOLS = [f"S{number}" for number in range(40)]


@dataclass(frozen=True)
class Backfill:
    """A past range of which nothing is known, or only its end."""

    symbols: int
    sources: frozenset[str]
    intervals: frozenset[Interval]
    start: datetime
    length: timedelta
    limit: int = 1000
    known: timedelta = timedelta()
    """So much of its end an earlier run has bought."""

    def plan(self) -> Plan:
        series = tuple(Series(*one) for one in product(SYMBOLS[: self.symbols], self.sources, self.intervals))
        end = self.start + self.length
        wanted = Wanted(series, self.start, end + self.known)
        known = [Covered(TimeRange(end, end + self.known), NEVER, "rows")] if self.known else []
        coverage = {one: overlay((), known, one.interval, FRESHNESS) for one in series}
        return make_plan(wanted, coverage, {}, now=NEVER, freshness=FRESHNESS, packing=packing(self.limit))


@st.composite
def backfills(draw: st.DrawFn, least_chain_rows: int = 0) -> Backfill:
    """Of 10,000 rows and up to 30,000 more than needed, in few long series or many short ones."""
    symbols, limit = draw(st.integers(1, len(SYMBOLS))), draw(st.integers(100, 1000))
    sources = draw(st.sets(st.sampled_from(SOURCES), min_size=1))
    intervals = draw(st.sets(st.sampled_from(Interval), min_size=1))
    rows_a_second = symbols * len(sources) * sum(1 / interval.seconds for interval in intervals)
    chains = symbols * len(intervals) * (2 if len(sources) == 2 else 1)
    least_rows = max(10_500, (least_chain_rows + 40) * chains)
    length = timedelta(seconds=int(draw(st.integers(least_rows, least_rows + 30_000)) / rows_a_second))
    start = MIDNIGHT + timedelta(seconds=draw(st.integers(0, 100_000)))
    known = draw(st.sampled_from([0, 0, 3, 100])) * DAY
    return Backfill(symbols, frozenset(sources), frozenset(intervals), start, length, limit, known)


def test_the_bound_is_3_credits_a_row_and_50_a_full_page() -> None:
    assert full_pages_price(10_000, packing()) == Price(10, 10_000, 30_500)
    assert full_pages_price(10_001, packing()) == Price(11, 10_001, 30_553)
    assert full_pages_price(10_000, packing(limit=100)) == Price(100, 10_000, 35_000)
    assert full_pages_price(0, packing()) == Price()


def test_each_symbol_and_interval_ends_in_a_page_of_its_own() -> None:
    rows = {("BTC", Interval.M5): 1500, ("BTC", Interval.H1): 100, ("ETH", Interval.M5): 400}
    useful = {Series(symbol, "kalshi", interval): count for (symbol, interval), count in rows.items()}
    assert lower_bound_of(useful, packing()) == LowerBound(2000, 6100, 6200)


def test_two_sources_share_a_page_where_the_third_is_cheaper() -> None:
    def of(rows: int, *sources: str) -> LowerBound:
        return lower_bound_of({Series("BTC", source, Interval.H1): rows for source in sources}, packing())

    assert of(100, *SOURCES) == LowerBound(300, 950, 950)
    assert of(10, *SOURCES[:2]) == LowerBound(20, 110, 50 + 3 * 30)
    assert of(100, *SOURCES[:2]) == LowerBound(200, 650, 2 * 350)


@given(backfills())
def test_a_backfill_is_within_2_percent_of_the_reachable_bound(backfill: Backfill) -> None:
    plan = backfill.plan()
    floor = lower_bound_of(plan.useful, packing(backfill.limit))
    assume(floor.rows > 10_000)
    assert floor.credits <= floor.reachable_credits <= plan.price.credits <= 1.02 * floor.reachable_credits


@given(backfills(least_chain_rows=820))
def test_a_backfill_of_long_series_is_within_2_percent_of_the_bound(backfill: Backfill) -> None:
    """Long is 820 rows in the pages of a symbol and interval: of one source where two are wanted, else of all."""
    plan = backfill.plan()
    floor = lower_bound_of(plan.useful, packing(backfill.limit))
    assume(floor.rows > 10_000)
    chains = len(plan.useful) if len(backfill.sources) == 2 else len(plan.useful) // len(backfill.sources)
    assume(floor.rows >= 820 * chains)
    assert plan.price.credits <= 1.02 * floor.credits


@pytest.mark.parametrize(("symbols", "days", "ratio"), [(3, 3, 1.02), (4, 30, 1.002), (4, 365, 1.0003)])
def test_the_usual_backfills_are_close_to_the_bound(symbols: int, days: int, ratio: float) -> None:
    plan = Backfill(symbols, frozenset(SOURCES), frozenset(Interval), MIDNIGHT, days * DAY).plan()
    floor = lower_bound_of(plan.useful, packing())
    assert floor.rows > 10_000
    assert plan.price.credits == floor.reachable_credits <= ratio * floor.credits


def test_many_short_series_cost_the_reachable_bound() -> None:
    """40 symbols by the day over a quarter: 270 rows each, and no page may hold two symbols."""
    plan = Backfill(40, frozenset(SOURCES), frozenset({Interval.D1}), MIDNIGHT, 90 * DAY).plan()
    floor = lower_bound_of(plan.useful, packing())
    assert floor == LowerBound(10_800, 32_950, 34_400)
    assert plan.price.credits == floor.reachable_credits > 1.02 * floor.credits
