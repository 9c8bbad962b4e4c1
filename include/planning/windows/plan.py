"""Wanted minus covered minus busy, as priced windows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from include.domain.market import SOURCES, Interval, Series
from include.domain.time_range import TimeRange, buckets, clip, subtract
from include.planning.credits.lower_bound import Useful
from include.planning.credits.price import Price
from include.planning.symbols import Member
from include.planning.windows.coverage import Coverage, Freshness, due
from include.planning.windows.order import Order
from include.planning.windows.streams import assign
from include.planning.windows.windows import Packing, PlannedWindow, cut

Parts = Mapping[Series, Sequence[TimeRange]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The buckets with a timestamp in `[start, end)` of each series; the bounds need not lie on a grid."""

    series: tuple[Series, ...]
    start: datetime
    end: datetime
    members: Mapping[str, Member] = field(default_factory=dict)
    """Symbols with bounds in time; others are requested over the whole range."""
    unbought: Parts = field(default_factory=dict)
    """Where a series is derived and therefore not requested."""

    def of(self, series: Series) -> TimeRange | None:
        """The part of the range in which the series is requested."""
        whole, member = TimeRange(self.start, self.end), self.members.get(series.symbol)
        return whole if member is None else member.of(series.interval, whole)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to buy, in order, and which due time is left out."""

    windows: tuple[PlannedWindow, ...]
    beyond_depth: Parts
    """Due, but older than the vendor's plan reaches: not requested."""
    deferred: tuple[PlannedWindow, ...] = ()
    """Due, but beyond an allowance: left to a later run."""
    useful: Useful = field(default_factory=dict)
    """Due rows, bought or deferred; the windows may also buy other rows."""

    @property
    def price(self) -> Price:
        return sum((window.price for window in self.windows), Price())

    @property
    def worst_case_credits(self) -> int:
        return sum(window.worst_case_credits for window in self.windows)


@dataclass(frozen=True, slots=True)
class Due:
    """What of the wanted range must be read now, whoever reads it: grid-aligned stretches by series."""

    parts: Parts
    """Of every wanted series, in the order wanted; a series of which nothing is due has none."""
    beyond_depth: Parts
    """Due, but older than the vendor's plan reaches."""

    def without(self, taken: Parts) -> Due:
        """The rest beside the stretches in `taken`."""
        return Due(_without(self.parts, taken), _without(self.beyond_depth, taken))

    def between(self, interval: Interval, start: datetime | None = None, end: datetime | None = None) -> Due:
        """The series of one interval, inside `[start, end)`; the bounds lie on its grid."""
        return Due(_between(self.parts, interval, start, end), _between(self.beyond_depth, interval, start, end))


def due_parts(
    wanted: Wanted,
    coverage: Coverage,
    *,
    now: datetime,
    freshness: Freshness,
    history_start: datetime | None = None,
) -> Due:
    """What is wanted and must be read at `now`.

    `history_start` is where the vendor's plan begins to answer, with its margin (behaviour 50). A re-read that a person
    asks for has no coverage.
    """
    askable: dict[Series, Sequence[TimeRange]] = {}
    beyond: dict[Series, Sequence[TimeRange]] = {}
    for series in dict.fromkeys(wanted.series):
        asked = wanted.of(series)
        needed = due(coverage.get(series, ()), asked, series.interval, now, freshness) if asked else []
        needed = subtract(needed, wanted.unbought.get(series, ()))
        beyond[series], askable[series] = _split(needed, history_start, series.interval)
    return Due(askable, beyond)


def buy(due: Due, busy: Parts, packing: Packing) -> Plan:
    """The cheapest windows that read what is due and not in `busy` (other open windows, by series), oldest first.

    `busy` has every source of an open window that asks all of them.
    """
    rest = due.without(busy)
    windows = _windows(rest.parts, busy, packing)
    windows.sort(key=Order.OLDEST_FIRST.rank)
    return Plan(tuple(windows), _filled(rest.beyond_depth), useful=_useful(rest.parts))


def make_plan(
    wanted: Wanted,
    coverage: Coverage,
    busy: Parts,
    *,
    now: datetime,
    freshness: Freshness,
    packing: Packing,
    history_start: datetime | None = None,
) -> Plan:
    """Buys what is due of a range: see `due_parts` and `buy`."""
    return buy(due_parts(wanted, coverage, now=now, freshness=freshness, history_start=history_start), busy, packing)


def _windows(askable: Parts, busy: Parts, packing: Packing) -> list[PlannedWindow]:
    groups: dict[tuple[str, Interval], dict[str, Sequence[TimeRange]]] = defaultdict(dict)
    for series, stretches in askable.items():
        if stretches:
            groups[series.symbol, series.interval][series.source] = stretches
    windows: list[PlannedWindow] = []
    alike: dict[object, list[PlannedWindow]] = {}  # in steady state thousands of symbols need the same
    for (symbol, interval), needed in groups.items():
        taken = {source: tuple(busy.get(Series(symbol, source, interval), ())) for source in SOURCES}
        need = (interval, *((source, tuple(parts)) for source, parts in needed.items()), *taken.values())
        if need not in alike:
            streams = assign(symbol, interval, needed, taken, packing).items()
            alike[need] = [
                window for stream, parts in streams for part in parts for window in cut(stream, part, packing)
            ]
        windows += (replace(window, stream=replace(window.stream, symbol=symbol)) for window in alike[need])
    return windows


def _useful(askable: Mapping[Series, Sequence[TimeRange]]) -> Useful:
    return {series: buckets(stretches, series.interval) for series, stretches in askable.items()}


def _split(
    needed: Sequence[TimeRange], edge: datetime | None, interval: Interval
) -> tuple[list[TimeRange], list[TimeRange]]:
    """Splits at the depth edge, with an interval as margin since the edge moves: what lies before it, and after."""
    if edge is None:
        return [], list(needed)
    first = interval.ceil(edge) + interval.step
    parts = [(clip(stretch, end=first), clip(stretch, start=first)) for stretch in needed]
    return [before for before, _ in parts if before], [after for _, after in parts if after]


def _without(parts: Parts, taken: Parts) -> Parts:
    return {series: subtract(own, taken[series]) if series in taken else own for series, own in parts.items()}


def _between(parts: Parts, interval: Interval, start: datetime | None, end: datetime | None) -> Parts:
    own = {series: stretches for series, stretches in parts.items() if series.interval is interval}
    clipped = {series: [clip(one, start, end) for one in stretches] for series, stretches in own.items()}
    return {series: [one for one in stretches if one] for series, stretches in clipped.items()}


def _filled(parts: Parts) -> Parts:
    return {series: tuple(stretches) for series, stretches in parts.items() if stretches}
