"""The least that rows can cost under any plan: the measure of a plan's price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from include.domain.market import SOURCES, Interval, Series
from include.planning.credits.price import Price, price_of
from include.planning.windows.windows import Packing

Useful = Mapping[Series, int]
"""Rows that are wanted and not known: one per bucket that is due."""


@dataclass(frozen=True, slots=True)
class LowerBound:
    """`credits` is each useful row once, in full pages; `reachable_credits` counts that pages cannot be shared.

    A page holds rows of one symbol and one interval. So each of them ends in a page of its own, full or not, and many
    short ones cost more than `credits` under any plan. Two sources of three share a page only if the third is paid for.
    """

    rows: int
    credits: int
    reachable_credits: int


def full_pages_price(rows: int, packing: Packing) -> Price:
    """The price of `rows` useful rows in full pages; zero for no rows."""
    return price_of(rows, packing.limit, packing.prices) if rows else Price()


def lower_bound_of(useful: Useful, packing: Packing) -> LowerBound:
    """The lower bound of the price of any plan that buys these rows."""
    rows = sum(useful.values())
    parts: dict[tuple[str, Interval], list[int]] = defaultdict(list)
    for series, part in useful.items():
        parts[series.symbol, series.interval] += [part] if part else []
    reachable = sum(_reachable_credits(of_sources, packing) for of_sources in parts.values())
    return LowerBound(rows, full_pages_price(rows, packing).credits, reachable)


def _reachable_credits(of_sources: Sequence[int], packing: Packing) -> int:
    if len(of_sources) in (0, 1, len(SOURCES)):
        return full_pages_price(sum(of_sources), packing).credits
    ends = {0, min(*of_sources, max(part % packing.limit for part in of_sources))}
    return min(_credits_with_end_together(of_sources, end, packing) for end in ends)


def _credits_with_end_together(of_sources: Sequence[int], end: int, packing: Packing) -> int:
    """The price if the last `end` buckets are bought for all sources together, and the others by source."""
    apart = sum(full_pages_price(part - end, packing).credits for part in of_sources)
    return apart + full_pages_price(len(SOURCES) * end, packing).credits
