"""One page of a query: rows of several sources in order of (timestamp, source), from a position on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from include.domain.market import Interval, Series
from include.simulator.archive import Archive, SeriesData
from include.simulator.noise import Ints
from include.simulator.rows import Row, Rows, row_objects

_WIDEST_STEPS = 8192
_GAPS_SHARE = 50
"""One step in this many is read in addition, so that usual gaps need no second stretch."""


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of a page: the next one begins after it."""

    at: int
    """Epoch seconds."""
    source: str


@dataclass(frozen=True, slots=True)
class PageOfRows:
    """At most `size` rows, and where the next page begins (None at the end)."""

    rows: list[Row]
    next: Position | None


@dataclass(frozen=True, slots=True)
class _Merged:
    rows: Rows
    ranks: Ints


def read_page(
    archive: Archive,
    symbol: str,
    sources: tuple[str, ...],
    interval: Interval,
    start: int,
    end: int,
    after: Position | None,
    size: int,
    now: float,
) -> PageOfRows:
    """The first `size` rows in `[start, end)` epoch seconds after position `after`, as they are at `now`."""
    found = {source: archive.series(Series(symbol, source, interval)) for source in sources}
    series = {source: data for source, data in found.items() if data is not None}
    names = sorted(series)
    begin = max(start, after.at) if after else start
    parts: list[_Merged] = []
    for low, high in _stretches(list(series.values()), begin, min(end, int(now) + 1), interval.seconds, size):
        parts.append(_merge([series[name].rows(low, high, now) for name in names], names, after))
        if sum(len(part.rows) for part in parts) > size:
            break
    return _cut(symbol, interval, names, parts, size)


def _stretches(series: list[SeriesData], begin: int, end: int, step: int, size: int) -> Iterator[tuple[int, int]]:
    """Consecutive stretches that cover where rows can be: the first likely fills a page, later ones grow."""
    if not series:
        return
    low = max(begin, min(data.first for data in series))
    end = min(end, max(data.last for data in series) + 1)
    steps = -(-(size + 1) // len(series)) + 2 + size // _GAPS_SHARE
    while low < end:
        high = min(low + steps * step, end)
        yield low, high
        low, steps = high, min(2 * steps, _WIDEST_STEPS)


def _merge(found: list[Rows], names: list[str], after: Position | None) -> _Merged:
    kept = [_later(rows, name, after) for rows, name in zip(found, names, strict=True)]
    times = np.concatenate([rows.times for rows in kept])
    ranks = np.concatenate([np.full(len(rows), rank, dtype=np.int64) for rank, rows in enumerate(kept)])
    order = np.lexsort((ranks, times))
    units = np.concatenate([rows.open_interest for rows in kept])
    usd = np.concatenate([rows.usd for rows in kept])
    return _Merged(Rows(times[order], units[order], usd[order]), ranks[order])


def _later(rows: Rows, source: str, after: Position | None) -> Rows:
    if after is None:
        return rows
    return rows.where(rows.times > after.at if source <= after.source else rows.times >= after.at)


def _cut(symbol: str, interval: Interval, names: list[str], parts: list[_Merged], size: int) -> PageOfRows:
    if not parts:
        return PageOfRows([], None)
    joined, ranks = _join(parts)
    rows = Rows(joined.times[:size], joined.open_interest[:size], joined.usd[:size])
    sources = [names[rank] for rank in ranks[:size].tolist()]
    more = len(joined) > size
    position = Position(int(rows.times[-1]), sources[-1]) if more else None
    return PageOfRows(row_objects(symbol, interval.value, sources, rows), position)


def _join(parts: list[_Merged]) -> tuple[Rows, Ints]:
    times = np.concatenate([part.rows.times for part in parts])
    units = np.concatenate([part.rows.open_interest for part in parts])
    usd = np.concatenate([part.rows.usd for part in parts])
    return Rows(times, units, usd), np.concatenate([part.ranks for part in parts])
