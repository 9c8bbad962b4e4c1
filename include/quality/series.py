"""Which series and which window each row of a batch counts for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.domain.market import SOURCES, Series
from include.quality.model import UNKNOWN_SOURCE
from include.quality.parsed_batch import Ints, ParsedBatch


@dataclass(frozen=True, slots=True)
class Attribution:
    """Codes per row. `series` is sorted by (source, interval, symbol), so its codes sort as the tables do."""

    series: list[Series]
    series_of: Ints
    windows: list[str]
    window_of: Ints

    def group_of(self) -> Ints:
        """One code per (window, series) of each row; `divmod(code, len(series))` gives both."""
        return self.window_of * len(self.series) + self.series_of

    def rows_per_series(self, rows: Ints | None = None) -> Ints:
        """How many rows (of `rows`, else of all) count for each series."""
        of_rows = self.series_of if rows is None else self.series_of[rows]
        return np.bincount(of_rows, minlength=len(self.series))


def attribute(batch: ParsedBatch) -> Attribution:
    """A row counts for what was requested; where all sources were requested, the row names the source."""
    sources = [*SOURCES, UNKNOWN_SOURCE]
    streams = list(dict.fromkeys((page.stream.symbol, page.stream.interval) for page in batch.pages))
    position = {stream: i for i, stream in enumerate(streams)}
    stream_of = batch.of_page(lambda page: position[page.stream.symbol, page.stream.interval])
    pairs = stream_of * len(sources) + _source_codes(batch, sources)
    present = np.flatnonzero(np.bincount(pairs))
    series = [
        Series(streams[s][0], sources[c], streams[s][1]) for s, c in (divmod(int(p), len(sources)) for p in present)
    ]
    order = sorted(range(len(series)), key=lambda i: (series[i].source, series[i].interval.value, series[i].symbol))
    rank = np.empty(len(streams) * len(sources), np.int64)
    rank[present[order]] = np.arange(len(order))
    windows = sorted({page.window_id for page in batch.pages})
    window_position = {window: i for i, window in enumerate(windows)}
    return Attribution(
        [series[i] for i in order],
        rank[pairs],
        windows,
        batch.of_page(lambda page: window_position[page.window_id]),
    )


def _source_codes(batch: ParsedBatch, sources: list[str]) -> Ints:
    """Positions in `sources`: the requested one, or the row's own, or the unknown one."""
    words = batch.source.words
    table = np.array([sources.index(word) if word in SOURCES else len(SOURCES) for word in words], np.int64)
    return table[batch.source.asked]
