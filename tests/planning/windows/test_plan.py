from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from include.domain.market import SOURCES, Interval, Series, Stream
from include.domain.time_range import TimeRange, merge, on_grid, subtract
from include.planning.credits.price import Price
from include.planning.symbols import Member
from include.planning.windows.coverage import Covered, due, overlay
from include.planning.windows.plan import Parts, Plan, Wanted, make_plan
from tests.planning.grid import FRESHNESS, MIDNIGHT, at, packing, points, span, spans

M5, H1, H4, D1 = Interval.M5, Interval.H1, Interval.H4, Interval.D1
BTC = tuple(Series("BTC", source, M5) for source in SOURCES)
Coverage = dict[Series, Sequence[Covered]]


def every(interval: Interval, *symbols: str) -> tuple[Series, ...]:
    return tuple(Series(symbol, source, interval) for symbol, source in product(symbols or ("BTC",), SOURCES))


def planned(
    series: tuple[Series, ...],
    stretch: TimeRange,
    now: datetime,
    coverage: Coverage | None = None,
    busy: Parts | None = None,
    history_start: datetime | None = None,
) -> Plan:
    return make_plan(
        Wanted(series, stretch.start, stretch.end),
        coverage or {},
        busy or {},
        now=now,
        freshness=FRESHNESS,
        packing=packing(limit=10),
        history_start=history_start,
    )


def carried_out(plan: Plan, series: tuple[Series, ...], coverage: Coverage, now: datetime) -> Coverage:
    """Coverage once every window of a plan was read and had rows."""
    return {
        one: overlay(
            coverage.get(one, ()),
            [Covered(window.stretch, now, "rows") for window in plan.windows if window.holds(one)],
            one.interval,
            FRESHNESS,
        )
        for one in series
    }


SERIES_SETS = st.lists(st.sampled_from(BTC), unique=True, min_size=1).map(tuple)
BUSY = st.dictionaries(st.sampled_from(BTC), st.lists(spans(40), max_size=2).map(merge))
READS = st.dictionaries(
    st.sampled_from(BTC),
    st.lists(st.builds(Covered, spans(40), st.integers(0, 50).map(at), st.just("rows")), max_size=3).map(
        lambda entries: overlay([], entries, M5, FRESHNESS)
    ),
)


@given(SERIES_SETS, spans(40), READS, BUSY, st.integers(0, 60), st.integers(0, 40))
def test_due_buckets_are_bought_once_unless_busy_or_too_old(
    series: tuple[Series, ...], wanted: TimeRange, coverage: Coverage, busy: Parts, now: int, depth: int
) -> None:
    plan = planned(series, wanted, at(now), coverage, busy, history_start=at(depth - 1.5))
    for one in series:
        needed = due(coverage.get(one, ()), wanted, M5, at(now), FRESHNESS)
        needed_points = points(subtract(needed, busy.get(one, ())))
        bought = Counter(points(window.stretch for window in plan.windows if window.holds(one)))
        assert [point for point in needed_points if point >= depth] == [
            point for point in needed_points if bought[point] == 1
        ]
        assert points(plan.beyond_depth.get(one, ())) == [point for point in needed_points if point < depth]
        assert not bought.keys() & set(points(busy.get(one, ())))
        assert max(bought.values(), default=1) == 1


@given(SERIES_SETS, spans(40), READS, st.integers(0, 60))
def test_a_plan_carried_out_leaves_nothing_to_buy(
    series: tuple[Series, ...], wanted: TimeRange, coverage: Coverage, now: int
) -> None:
    plan = planned(series, wanted, at(now), coverage)
    assert planned(series, wanted, at(now), carried_out(plan, series, coverage, at(now))).windows == ()


@given(SERIES_SETS, spans(40), st.integers(0, 60))
def test_what_has_not_begun_is_not_asked(series: tuple[Series, ...], wanted: TimeRange, now: int) -> None:
    plan = planned(series, wanted, at(now))
    for one in series:
        asked = points(window.stretch for window in plan.windows if window.holds(one))
        assert all(point <= now for point in asked)


def test_coarse_intervals_are_asked_only_when_a_bucket_has_become_due() -> None:
    """Hour by hour through a day: 4h buckets when they begin, close and turn final; never in between."""
    series, coverage, hours = every(H4), {}, []
    for hour in range(48, 73):
        now = at(hour, H1)
        plan = planned(series, TimeRange(MIDNIGHT, now), now, coverage)
        coverage = carried_out(plan, series, coverage, now)
        hours += [hour] if plan.windows else []
    assert hours[0] == 48
    assert hours[1:] == [49, 52, 53, 56, 57, 60, 61, 64, 65, 68, 69, 72]


def test_bounds_off_the_grid_hold_the_buckets_inside_them() -> None:
    series = (Series("BTC", "kalshi", H1),)
    wanted = TimeRange(at(0.5, H1), at(3.5, H1))
    plan = planned(series, wanted, at(100, H1))
    assert [window.stretch for window in plan.windows] == [on_grid(wanted, H1)] == [span(1, 4, H1)]


def test_symbols_and_intervals_are_streams_of_their_own() -> None:
    series = every(M5, "BTC", "ETH") + every(H1, "BTC")
    plan = planned(series, span(0, 12), at(1000))
    assert {window.stream for window in plan.windows} == {
        Stream("BTC", M5),
        Stream("ETH", M5),
        Stream("BTC", H1),
    }


def test_windows_come_oldest_first() -> None:
    plan = make_plan(
        Wanted(BTC, at(0), at(30)),
        {},
        {},
        now=at(1000),
        freshness=FRESHNESS,
        packing=packing(limit=10, window_pages=1),
    )
    starts = [window.start for window in plan.windows]
    assert len(starts) > 1
    assert starts == sorted(starts)


def test_a_plan_adds_up_its_windows() -> None:
    plan = planned(BTC, span(0, 10), at(1000))
    assert plan.price == Price(requests=3, rows=30, credits=240)
    assert plan.worst_case_credits == 290
    assert planned(BTC, span(0, 10), at(-1)).price == Price()


def test_a_series_named_twice_is_bought_once() -> None:
    assert planned(BTC + BTC, span(0, 10), at(1000)) == planned(BTC, span(0, 10), at(1000))


def test_a_year_with_a_daily_gap_plans_only_the_gaps() -> None:
    covered = [Covered(span(288 * day, 288 * day + 280), at(288 * 400), "rows") for day in range(365)]
    coverage: Coverage = dict.fromkeys(BTC, covered)
    plan = planned(BTC, span(0, 288 * 365), at(288 * 400), coverage)
    assert points(window.stretch for window in plan.windows) == [
        288 * day + bucket for day in range(365) for bucket in range(280, 288)
    ]


def test_a_day_is_asked_when_it_begins_in_the_wanted_range() -> None:
    series = every(D1)
    assert planned(series, span(1, 24, H1), at(100, H1)).windows == ()
    assert [w.stretch for w in planned(series, span(24, 25, H1), at(100, H1)).windows] == [span(1, 2, D1)]


@given(st.lists(st.tuples(spans(12), st.integers(0, 12), st.sampled_from(BTC)), max_size=4), st.booleans())
def test_symbols_that_need_the_same_get_what_each_would_get_alone(
    reads: list[tuple[TimeRange, int, Series]], alike: bool
) -> None:
    btc: Coverage = {series: overlay((), _read(reads, series), M5, FRESHNESS) for series in BTC}
    eth = {replace(series, symbol="ETH"): entries for series, entries in btc.items()} if alike else {}
    whole, now = span(0, 12), at(13)
    together = planned((*BTC, *every(M5, "ETH")), whole, now, {**btc, **eth})
    alone = [planned(BTC, whole, now, btc), planned(every(M5, "ETH"), whole, now, eth)]
    assert Counter(together.windows) == Counter(window for plan in alone for window in plan.windows)


def _read(reads: list[tuple[TimeRange, int, Series]], series: Series) -> list[Covered]:
    return [Covered(stretch, at(moment), "rows") for stretch, moment, one in reads if one == series]


def test_a_symbol_is_asked_only_while_it_lives() -> None:
    living = Member("BTC", SOURCES, (M5,), start=at(2.5), end=at(6))
    wanted = Wanted(BTC, at(0), at(12), {"BTC": living})
    plan = make_plan(wanted, {}, {}, now=at(20), freshness=FRESHNESS, packing=packing())
    assert points(window.stretch for window in plan.windows) == [2, 3, 4, 5]
