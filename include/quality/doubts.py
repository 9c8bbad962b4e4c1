"""Rows that keep a window's silence from proving anything (rule 3): the part of a good answer that its rows decide.

A good answer holds rows of the series and the range that were requested, each at its place on the grid, each once;
whatever else is wrong with them. Two kinds of drift are harmless: a row of a new source in the answer to a request for
all sources (`strangers`), and a row exactly at `end` where there is one at the start too, which the claims decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from include.kwery.answers.doubts import Doubt, united
from include.quality.classify import Classification
from include.quality.parsed_batch import ANY_SOURCE, NO_TIME, Flags, Ints, ParsedBatch, microseconds
from include.quality.strangers import is_stranger


class Repeats(NamedTuple):
    """Rows at a bucket that an earlier row of their window and series has, on the same page or on an earlier one."""

    on_page: Ints
    across_pages: Ints


def row_doubts(
    batch: ParsedBatch, classified: Classification, group_of: Ints, step_of: Ints, repeats: Repeats
) -> Mapping[int, tuple[Doubt, ...]]:
    """The doubts of each group of rows that raises any."""
    unknown = _of_unknown_source(batch)
    time = batch.timestamp
    nowhere = (time == NO_TIME) | (time % step_of != 0)
    again = np.zeros(len(batch), np.bool_)
    again[repeats.on_page] = True
    again[classified.broken.get("conflicting_duplicate", [])] = True
    overlap = np.zeros(len(batch), np.bool_)
    overlap[repeats.across_pages] = True
    raised = {
        Doubt.ROWS_OUTSIDE: _outside(batch),
        Doubt.ROWS_OF_OTHERS: _of_others(batch) & ~unknown,
        Doubt.ROWS_NOT_PLACED: nowhere & ~unknown,
        Doubt.ROWS_REPEATED: again,
        Doubt.ROWS_SHIFTED: time == batch.of_page(lambda page: microseconds(page.end)),
        Doubt.PAGES_OVERLAP: overlap,
    }
    found: dict[int, list[Doubt]] = defaultdict(list)
    for doubt, rows in raised.items():
        for group in np.unique(group_of[rows]).tolist():
            found[group].append(doubt)
    return {group: united(doubts) for group, doubts in found.items()}


def _outside(batch: ParsedBatch) -> Flags:
    """Rows with a time before the window or after its end; one exactly at the end is harmless (behaviour 16)."""
    time = batch.timestamp
    start = batch.of_page(lambda page: microseconds(page.start))
    end = batch.of_page(lambda page: microseconds(page.end))
    outside: Flags = (time != NO_TIME) & ((time < start) | (time > end))
    return outside


def _of_others(batch: ParsedBatch) -> Flags:
    columns = (batch.symbol, batch.source, batch.interval)
    others: Flags = np.logical_or.reduce([column.codes != column.asked for column in columns])
    return others


def _of_unknown_source(batch: ParsedBatch) -> Flags:
    """Rows of a new source, in an answer to a request for all sources."""
    source, symbol, interval = batch.source, batch.symbol, batch.interval
    stranger = np.array([*(is_stranger(word) for word in source.words), False], np.bool_)
    any_asked = np.array([word == ANY_SOURCE for word in source.words], np.bool_)
    of_stream = (symbol.codes == symbol.asked) & (interval.codes == interval.asked)
    unknown: Flags = stranger[source.codes] & any_asked[source.asked] & of_stream
    return unknown
