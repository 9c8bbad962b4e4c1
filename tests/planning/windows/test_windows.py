from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.domain.market import Interval, Series, Stream
from include.planning.credits.price import Price, price_of
from include.planning.windows.windows import cut, rows_per_bucket
from tests.planning.grid import PRICES, packing, points, span

ALL = Stream("BTC", Interval.M5)
BINANCE = Stream("BTC", Interval.M5, "binance_futures")
STREAMS = st.sampled_from([ALL, BINANCE])


@given(STREAMS, st.integers(1, 300), st.integers(1, 20), st.integers(1, 5))
def test_windows_cover_their_stretch_once_within_their_pages(
    stream: Stream, length: int, limit: int, window_pages: int
) -> None:
    windows = list(cut(stream, span(0, length), packing(limit, window_pages)))
    assert all(left.end == right.start for left, right in pairwise(windows))
    assert points(window.stretch for window in windows) == list(range(length))
    assert all(window.requests <= window_pages or len(points([window.stretch])) == 1 for window in windows)
    assert sum((window.price for window in windows), Price()) == packing(limit, window_pages).price(
        length, rows_per_bucket(stream)
    )


@given(STREAMS, st.integers(1, 60), st.integers(3, 12), st.integers(1, 5))
def test_no_other_cut_costs_less(stream: Stream, length: int, limit: int, window_pages: int) -> None:
    sources = rows_per_bucket(stream)

    @cache
    def cheapest(buckets: int) -> int:
        longest = window_pages * limit // sources
        steps = range(1, min(buckets, longest) + 1)
        return min((price_of(n * sources, limit, PRICES).credits + cheapest(buckets - n) for n in steps), default=0)

    windows = cut(stream, span(0, length), packing(limit, window_pages))
    assert sum(window.credits for window in windows) == cheapest(length)


@pytest.mark.parametrize(
    ("stream", "limit", "window_pages", "buckets", "pages"),
    [(ALL, 1000, 20, 6000, 18), (ALL, 100, 20, 600, 18), (ALL, 1000, 2, 666, 2), (BINANCE, 1000, 20, 20_000, 20)],
)
def test_a_window_is_as_long_as_its_pages_are_full(
    stream: Stream, limit: int, window_pages: int, buckets: int, pages: int
) -> None:
    first = next(cut(stream, span(0, 50_000), packing(limit, window_pages)))
    assert points([first.stretch]) == list(range(buckets))
    assert (first.requests, first.expected_rows) == (pages, buckets * rows_per_bucket(stream))


def test_the_worst_case_has_an_empty_answer_after_a_full_page() -> None:
    full, short = (next(cut(BINANCE, span(0, length), packing())) for length in (1000, 999))
    assert (full.credits, full.worst_case_credits) == (3050, 3100)
    assert (short.credits, short.worst_case_credits) == (3047, 3047)


def test_a_window_holds_the_series_that_its_stream_asks() -> None:
    everything, one = (next(cut(stream, span(0, 1), packing())) for stream in (ALL, BINANCE))
    kalshi = Series("BTC", "kalshi", Interval.M5)
    assert everything.holds(kalshi)
    assert not one.holds(kalshi)
    assert one.holds(Series("BTC", "binance_futures", Interval.M5))
    assert not everything.holds(Series("BTC", "kalshi", Interval.H1))
    assert not everything.holds(Series("ETH", "kalshi", Interval.M5))
