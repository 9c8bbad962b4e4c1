from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from include.domain.market import SOURCES, Interval, Stream
from include.domain.time_range import TimeRange, merge, subtract
from include.planning.windows.streams import assign
from include.planning.windows.windows import Packing, rows_per_bucket
from tests.planning.grid import packing, points, span, spans

M5 = Interval.M5
BINANCE, HYPERLIQUID, KALSHI = SOURCES
Due = dict[str, list[TimeRange]]
Asked = Mapping[Stream, Sequence[TimeRange]]


def sets(buckets: int, most: int = 3) -> st.SearchStrategy[list[TimeRange]]:
    return st.lists(spans(buckets), max_size=most).map(merge)


def dues(buckets: int) -> st.SearchStrategy[Due]:
    return st.dictionaries(st.sampled_from(SOURCES), sets(buckets), min_size=1)


def credits_of(asked: Asked, how: Packing) -> int:
    return sum(
        how.price(len(points([stretch])), rows_per_bucket(stream)).credits
        for stream, stretches in asked.items()
        for stretch in stretches
    )


def separate(due: Due) -> Asked:
    return {Stream("BTC", M5, source): stretches for source, stretches in due.items()}


def times_bought(asked: Asked, source: str) -> Counter[int]:
    return Counter(
        point for stream, stretches in asked.items() if stream.source in (None, source) for point in points(stretches)
    )


@given(dues(40), st.fixed_dictionaries({source: sets(40) for source in SOURCES}))
def test_every_due_bucket_is_bought_once_and_no_busy_one_is(due: Due, busy: Due) -> None:
    due = {source: subtract(stretches, busy[source]) for source, stretches in due.items()}
    asked = assign("BTC", M5, due, busy, packing(limit=10))
    for source in SOURCES:
        bought = times_bought(asked, source)
        assert all(bought[point] == 1 for point in points(due.get(source, [])))
        assert not bought.keys() & set(points(busy[source]))
        assert max(bought.values(), default=1) == 1


@given(dues(40), st.dictionaries(st.sampled_from(SOURCES), sets(40)), st.integers(1, 60))
def test_it_never_costs_more_than_separate_requests(due: Due, busy: Due, limit: int) -> None:
    how = packing(limit)
    due = {source: subtract(stretches, busy.get(source, [])) for source, stretches in due.items()}
    assert credits_of(assign("BTC", M5, due, busy, how), how) <= credits_of(separate(due), how)


@given(st.sets(st.sampled_from(SOURCES), min_size=1), st.integers(1, 80), st.integers(4, 12), st.integers(3, 20))
def test_no_other_way_to_part_a_whole_stretch_costs_less(
    sources: set[str], length: int, limit: int, window_pages: int
) -> None:
    """Against every way of asking a part of it of all sources at once, and the rest of each alone."""
    how = packing(limit, window_pages)
    asked = assign("BTC", M5, {source: [span(0, length)] for source in sources}, {}, how)
    parted = (
        (how.price(shared, 3).credits if shared else 0)
        + len(sources) * (how.price(length - shared, 1).credits if shared < length else 0)
        for shared in range(length + 1)
    )
    assert credits_of(asked, how) == min(parted)


def test_what_all_sources_need_is_asked_once() -> None:
    due = {source: [span(0, 12)] for source in SOURCES}
    assert assign("BTC", M5, due, {}, packing()) == {Stream("BTC", M5): [span(0, 12)]}


def test_two_wanted_sources_share_a_short_window_and_not_a_long_one() -> None:
    """The third source's rows cost 3 each; a request saved is worth 50."""
    for length, shared in ((16, True), (17, False)):
        due = {source: [span(0, length)] for source in (BINANCE, KALSHI)}
        asked = assign("BTC", M5, due, {}, packing())
        assert {stream.source for stream in asked} == ({None} if shared else {BINANCE, KALSHI})


def test_a_long_stretch_due_for_one_source_alone_is_asked_of_that_source() -> None:
    due = {BINANCE: [span(0, 200)], HYPERLIQUID: [span(0, 200)], KALSHI: [span(0, 2000)]}
    assert assign("BTC", M5, due, {}, packing()) == {
        Stream("BTC", M5): [span(0, 200)],
        Stream("BTC", M5, KALSHI): [span(200, 2000)],
    }


def test_a_bucket_or_two_due_for_one_source_ride_along() -> None:
    due = {BINANCE: [span(1, 12)], HYPERLIQUID: [span(1, 12)], KALSHI: [span(0, 12)]}
    assert assign("BTC", M5, due, {}, packing()) == {Stream("BTC", M5): [span(0, 12)]}


def test_a_busy_source_is_not_bought_along() -> None:
    due = {HYPERLIQUID: [span(0, 12)], KALSHI: [span(0, 12)]}
    asked = assign("BTC", M5, due, {BINANCE: [span(0, 12)]}, packing())
    assert asked == {Stream("BTC", M5, source): [span(0, 12)] for source in (HYPERLIQUID, KALSHI)}


def test_a_short_covered_gap_is_read_over_where_that_is_cheaper() -> None:
    """16 rows cost 48 credits, a request 50 without its rows."""
    for gap, together in ((16, True), (17, False)):
        gaps = [span(0, 1), span(1 + gap, 2 + gap)]
        asked = assign("BTC", M5, {BINANCE: gaps}, {}, packing())
        assert asked == {Stream("BTC", M5, BINANCE): [span(0, 2 + gap)] if together else gaps}


def test_a_busy_piece_between_gaps_is_not_passed_over() -> None:
    gaps = [span(0, 1), span(2, 3)]
    assert assign("BTC", M5, {BINANCE: gaps}, {BINANCE: [span(1, 2)]}, packing()) == {Stream("BTC", M5, BINANCE): gaps}


def test_two_sources_share_the_request_after_their_full_pages() -> None:
    due = {source: [span(0, 1010)] for source in (BINANCE, KALSHI)}
    asked = assign("BTC", M5, due, {}, packing())
    assert sorted(asked, key=str) == sorted(
        [Stream("BTC", M5), Stream("BTC", M5, BINANCE), Stream("BTC", M5, KALSHI)], key=str
    )
    assert len(points(asked[Stream("BTC", M5)])) == 10
    assert credits_of(asked, packing()) == 2 * 3050 + 140
