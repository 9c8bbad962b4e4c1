"""Stretches cut into windows that fill whole pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from include.domain.market import SOURCES, Series, Stream
from include.domain.time_range import TimeRange, clip
from include.planning.credits.price import Price, price_of

if TYPE_CHECKING:
    from datetime import datetime

    from include.settings.prices import Prices


@dataclass(frozen=True, slots=True)
class PlannedWindow:
    """A window before it is run, priced for one row per bucket and source.

    `worst_case_credits` adds the empty answer that the vendor may charge for after a full last page.
    """

    stream: Stream
    start: datetime
    end: datetime
    expected_rows: int
    requests: int
    credits: int
    worst_case_credits: int

    @property
    def price(self) -> Price:
        return Price(self.requests, self.expected_rows, self.credits)

    @property
    def stretch(self) -> TimeRange:
        return TimeRange(self.start, self.end)

    def holds(self, series: Series) -> bool:
        """True when the answers may hold rows of `series`."""
        asked = self.stream
        same = (asked.symbol, asked.interval) == (series.symbol, series.interval)
        return same and asked.source in (None, series.source)


@dataclass(frozen=True, slots=True)
class Packing:
    """How stretches become pages: rows a page, pages a window, and prices."""

    limit: int
    window_pages: int
    prices: Prices

    def window_buckets(self, sources: int) -> int:
        """The length of a full window, in buckets of `sources` rows each."""
        return _window_buckets(self.limit, self.window_pages, sources)

    def price(self, buckets: int, sources: int) -> Price:
        """The price of consecutive buckets, cut into windows."""
        length = self.window_buckets(sources)
        full, rest = divmod(buckets, length)
        one = price_of(length * sources, self.limit, self.prices)
        whole = Price(full * one.requests, full * one.rows, full * one.credits)
        return whole + price_of(rest * sources, self.limit, self.prices) if rest else whole


@lru_cache
def _window_buckets(limit: int, window_pages: int, sources: int) -> int:
    """The window length that wastes least of its last page; of equal ones the longest.

    Three sources do not divide 1,000 rows: 3 pages hold 1,000 buckets exactly, 1 page wastes a row.
    """
    lengths = {pages: pages * limit // sources for pages in range(1, window_pages + 1)}
    waste = {pages: (pages * limit - n * sources) / pages for pages, n in lengths.items() if n}
    return lengths[min(waste, key=lambda pages: (waste[pages], -pages))] if waste else 1


def rows_per_bucket(stream: Stream) -> int:
    """Rows in a bucket: one a source."""
    return len(SOURCES) if stream.source is None else 1


def cut(stream: Stream, stretch: TimeRange, packing: Packing) -> Iterator[PlannedWindow]:
    """Cuts a grid-aligned stretch into windows, oldest first; all but the last fill their pages."""
    length = packing.window_buckets(rows_per_bucket(stream)) * stream.interval.step
    rest: TimeRange | None = stretch
    while rest:
        end = min(rest.start + length, rest.end)
        yield _window(stream, rest.start, end, packing)
        rest = clip(rest, start=end)


def _window(stream: Stream, start: datetime, end: datetime, packing: Packing) -> PlannedWindow:
    return quote(stream, start, end, stream.interval.points(start, end) * rows_per_bucket(stream), packing)


def quote(stream: Stream, start: datetime, end: datetime, rows: int, packing: Packing) -> PlannedWindow:
    """A window with `rows` rows still to read, and its price."""
    price = price_of(rows, packing.limit, packing.prices)
    trailing = 0 if rows % packing.limit else packing.prices.base_credits
    return PlannedWindow(stream, start, end, rows, price.requests, price.credits, price.credits + trailing)
