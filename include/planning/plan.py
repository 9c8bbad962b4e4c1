"""Wanted minus covered minus busy, as priced windows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from include.kwery.contract import SOURCES, Interval, Series
from include.planning.coverage import Covered, Freshness, due
from include.planning.floor import Useful
from include.planning.price import Price
from include.planning.streams import assign
from include.planning.stretches import Stretch, buckets, clip, subtract
from include.planning.windows import Packing, PlannedWindow, cut

Parts = Mapping[Series, Sequence[Stretch]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The buckets with a timestamp in `[start, end)` of each series; the bounds need not lie on a grid."""

    series: tuple[Series, ...]
    start: datetime
    end: datetime

    @property
    def stretch(self) -> Stretch:
        return Stretch(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to buy, in order, and what of the wanted range is left out."""

    windows: tuple[PlannedWindow, ...]
    beyond_depth: Parts
    """Due, but older than the vendor's plan reaches: not asked."""
    deferred: tuple[PlannedWindow, ...] = ()
    """Due, but left to a later run by an allowance."""
    useful: Useful = field(default_factory=dict)
    """Rows that are due and asked or deferred; the windows may buy others along with them."""

    @property
    def price(self) -> Price:
        return sum((window.price for window in self.windows), Price())

    @property
    def worst_case_credits(self) -> int:
        return sum(window.worst_case_credits for window in self.windows)


def make_plan(
    wanted: Wanted,
    coverage: Mapping[Series, Sequence[Covered]],
    busy: Parts,
    *,
    now: datetime,
    freshness: Freshness,
    packing: Packing,
    history_start: datetime | None = None,
) -> Plan:
    """Plans the cheapest windows that read what is wanted, due, and not in `busy` (other open windows, by series).

    `busy` has every source of an open window that asks all of them. `history_start` is where the vendor's plan begins
    to answer, with its margin (behaviour 50). A re-read that a person asks for is a plan without coverage.
    """
    askable: dict[Series, list[Stretch]] = {}
    beyond: dict[Series, Sequence[Stretch]] = {}
    for series in dict.fromkeys(wanted.series):
        needed = due(coverage.get(series, ()), wanted.stretch, series.interval, now, freshness)
        needed = subtract(needed, busy.get(series, ()))
        beyond[series], askable[series] = _split(needed, history_start, series.interval)
    windows = _windows(askable, busy, packing)
    windows.sort(key=_by_time)
    return Plan(tuple(windows), _filled(beyond), useful=_useful(askable))


def _windows(askable: Mapping[Series, list[Stretch]], busy: Parts, packing: Packing) -> list[PlannedWindow]:
    groups: dict[tuple[str, Interval], dict[str, list[Stretch]]] = defaultdict(dict)
    for series, stretches in askable.items():
        groups[series.symbol, series.interval][series.source] = stretches
    windows: list[PlannedWindow] = []
    for (symbol, interval), needed in groups.items():
        taken = {source: busy.get(Series(symbol, source, interval), ()) for source in SOURCES}
        for stream, stretches in assign(symbol, interval, needed, taken, packing).items():
            windows += (window for stretch in stretches for window in cut(stream, stretch, packing))
    return windows


def _useful(askable: Mapping[Series, Sequence[Stretch]]) -> Useful:
    rows: dict[tuple[str, Interval], int] = defaultdict(int)
    for series, stretches in askable.items():
        rows[series.symbol, series.interval] += buckets(stretches, series.interval)
    return dict(rows)


def _split(needed: Sequence[Stretch], edge: datetime | None, interval: Interval) -> tuple[list[Stretch], list[Stretch]]:
    """What lies before the depth edge, and what does not; an interval is left as margin, as the edge moves."""
    if edge is None:
        return [], list(needed)
    first = interval.ceil(edge) + interval.step
    parts = [(clip(stretch, end=first), clip(stretch, start=first)) for stretch in needed]
    return [before for before, _ in parts if before], [after for _, after in parts if after]


def _filled(parts: Parts) -> Parts:
    return {series: tuple(stretches) for series, stretches in parts.items() if stretches}


def _by_time(window: PlannedWindow) -> tuple[datetime, str, int, str]:
    stream = window.stream
    return window.start, stream.symbol, stream.interval.seconds, stream.source or ""
