from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby, product

from hypothesis import given
from hypothesis import strategies as st

from include.kwery.contract import SOURCES, Interval, Stream
from include.planning.price import price_of
from include.planning.streams import MANY_SEGMENTS, assign
from include.planning.stretches import Stretch, normalise, subtract
from include.planning.windows import Packing, rows_per_bucket
from tests.planning.grid import PRICES, packing, points, span, spans

M5 = Interval.M5
BINANCE, HYPERLIQUID, KALSHI = SOURCES
Due = dict[str, list[Stretch]]
Asked = Mapping[Stream, Sequence[Stretch]]


def sets(buckets: int, most: int = 3) -> st.SearchStrategy[list[Stretch]]:
    return st.lists(spans(buckets), max_size=most).map(normalise)


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


@given(dues(40), st.integers(1, 60))
def test_it_never_costs_more_than_each_source_by_itself(due: Due, limit: int) -> None:
    how = packing(limit)
    assert credits_of(assign("BTC", M5, due, {}, how), how) <= credits_of(separate(due), how)


@given(dues(6))
def test_no_other_way_to_share_requests_costs_less(due: Due) -> None:
    """Against every choice for every single bucket that is due: all sources at once, or each by itself."""
    held = {source: set(points(stretches)) for source, stretches in due.items()}
    how = packing()

    def run_credits(source: str | None, asked: Sequence[bool]) -> int:
        runs = [len(list(run)) for wanted, run in groupby(asked) if wanted]
        rows = 3 if source is None else 1
        return sum(price_of(run * rows, how.limit, PRICES).credits for run in runs)

    def price(choice: Sequence[bool]) -> int:
        alone = sum(
            run_credits(source, [n in mine and not shared for n, shared in enumerate(choice)])
            for source, mine in held.items()
        )
        return alone + run_credits(None, choice)

    needed = [any(n in mine for mine in held.values()) for n in range(6)]
    best = min(price(choice) for choice in product(*((False, True) if need else (False,) for need in needed)))
    assert credits_of(assign("BTC", M5, due, {}, how), how) == best


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


def test_an_island_of_very_many_segments_is_still_cheap() -> None:
    holes = [span(bucket, bucket + 1) for bucket in range(0, 4 * MANY_SEGMENTS, 2)]
    due = {BINANCE: [span(0, 4 * MANY_SEGMENTS)], KALSHI: holes}
    how = packing()
    asked = assign("BTC", M5, due, {}, how)
    assert asked == {Stream("BTC", M5): [span(0, 4 * MANY_SEGMENTS)]}
    assert credits_of(asked, how) < credits_of(separate(due), how)
