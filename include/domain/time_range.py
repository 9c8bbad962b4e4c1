"""Sets of time as sorted lists of half-open time ranges.

A list is merged when it is sorted and no two of its ranges overlap or touch; every function here returns such a list.

portion has the same algebra. Subtracting 1,000 ranges from 1,000 takes 2.8 ms here and 25 ms there, most of it to
sort and compare bounds that are sorted already; a plan of 5,000 symbols does it for each series.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from operator import attrgetter
from typing import TypeVar

from include.domain.clock import iso
from include.domain.market import Interval

T = TypeVar("T")
_start = attrgetter("start")


@dataclass(frozen=True, slots=True, order=True)
class TimeRange:
    """The instants `[start, end)`; ValueError unless start is before end."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"a time range must start before it ends, got [{iso(self.start)}, {iso(self.end)})")

    @property
    def label(self) -> str:
        return f"[{iso(self.start)}, {iso(self.end)})"


def clip(stretch: TimeRange, start: datetime | None = None, end: datetime | None = None) -> TimeRange | None:
    """The part of `stretch` at or after `start` and before `end`; None when nothing is left."""
    low = stretch.start if start is None else max(stretch.start, start)
    high = stretch.end if end is None else min(stretch.end, end)
    return TimeRange(low, high) if low < high else None


def on_grid(stretch: TimeRange, interval: Interval) -> TimeRange | None:
    """The grid-aligned stretch that holds the same grid points; None when it holds none."""
    start, end = interval.ceil(stretch.start), interval.ceil(stretch.end)
    return TimeRange(start, end) if start < end else None


def merge(stretches: Iterable[TimeRange]) -> list[TimeRange]:
    """The same instants, sorted, with overlapping and touching stretches made one."""
    ordered = sorted(stretches, key=_start)
    if len(ordered) < 2:
        return ordered
    merged: list[TimeRange] = []
    for stretch in ordered:
        if merged and stretch.start <= merged[-1].end:
            if stretch.end > merged[-1].end:
                merged[-1] = TimeRange(merged[-1].start, stretch.end)
        else:
            merged.append(stretch)
    return merged


def intersect(left: Iterable[TimeRange], right: Iterable[TimeRange]) -> list[TimeRange]:
    """The instants in both sets."""
    return _shared(merge(left), merge(right))


def _shared(a: Sequence[TimeRange], b: Sequence[TimeRange]) -> list[TimeRange]:
    """As `intersect`, of lists that are merged already."""
    shared: list[TimeRange] = []
    i = j = 0
    while i < len(a) and j < len(b):
        piece = clip(a[i], b[j].start, b[j].end)
        if piece:
            shared.append(piece)
        if a[i].end <= b[j].end:
            i += 1
        else:
            j += 1
    return shared


def subtract(left: Iterable[TimeRange], right: Iterable[TimeRange]) -> list[TimeRange]:
    """The instants in `left` and not in `right`."""
    a, b = merge(left), merge(right)
    return _shared(a, _complement(b, a[0].start, a[-1].end)) if a and b else a


def _complement(taken: Sequence[TimeRange], start: datetime, end: datetime) -> list[TimeRange]:
    edges = [start, *(edge for stretch in taken for edge in (stretch.start, stretch.end)), end]
    return [TimeRange(low, high) for low, high in zip(edges[::2], edges[1::2], strict=True) if low < high]


def buckets(stretches: Iterable[TimeRange], interval: Interval) -> int:
    """How many grid points of `interval` the set holds, each counted once."""
    return sum(interval.points(stretch.start, stretch.end) for stretch in merge(stretches))


def split_at_edges(labelled: Iterable[tuple[TimeRange, T]]) -> Iterator[tuple[TimeRange, list[T]]]:
    """Cuts overlapping labelled stretches at every edge and yields, in time order, each piece with all its labels."""
    waiting = sorted(labelled, key=lambda item: item[0].start, reverse=True)
    edges = sorted({edge for stretch, _ in waiting for edge in (stretch.start, stretch.end)})
    active: list[tuple[TimeRange, T]] = []
    for start, end in pairwise(edges):
        active = [item for item in active if item[0].end > start]
        while waiting and waiting[-1][0].start == start:
            active.append(waiting.pop())
        if active:
            yield TimeRange(start, end), [label for _, label in active]
