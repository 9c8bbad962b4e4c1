"""Rows with equal keys: (source, interval, symbol, timestamp)."""

from __future__ import annotations

import numpy as np

from include.quality.parsed_batch import Flags, Floats, Ints, ParsedBatch, microseconds
from include.quality.raw import raw_rows, read_row
from include.quality.series import Attribution


def sort_order(timestamp: Ints, series_of: Ints) -> Ints:
    """Rows by series, then timestamp, then receipt."""
    return np.lexsort((timestamp, series_of))


def values_at_key(rows: Ints, batch: ParsedBatch, attribution: Attribution) -> Ints:
    """How many different values each of `rows` (in sort order) shares its key with, inside its own window.

    Readings of a key by different windows are revisions (rule 6), not contradictions.
    """
    values = np.ones(len(rows), np.int64)
    repeated = np.flatnonzero(_repeated(_same_key_as_previous(rows, batch, attribution)))
    if not len(repeated):
        return values
    some = rows[repeated]
    numbers = _numbers(batch, some)
    time, window, series = batch.timestamp[some], attribution.window_of[some], attribution.series_of[some]
    by_value = np.lexsort((*reversed(numbers), window, time, series))
    key_changes = _changes(by_value, series, time, window)
    value_changes = key_changes | _changes(by_value, *numbers)
    value_changes |= _other_contract(some[by_value], ~value_changes, batch)
    key = np.cumsum(key_changes) - 1
    values[repeated[by_value]] = np.bincount(key, weights=value_changes).astype(np.int64)[key]
    return values


def _other_contract(rows: Ints, repeats: Flags, batch: ParsedBatch) -> Flags:
    """Which repeats name another contract (`ticker`) than the row before them: these are not repeats, even if equal."""
    other = np.zeros(len(rows), np.bool_)
    texts: dict[int, list[bytes]] = {}

    def ticker(row: np.int64) -> object:
        page = int(batch.page[row])
        if page not in texts:
            texts[page] = raw_rows(batch.pages[page].body, batch.pages[page].page_path)
        received = read_row(texts[page][batch.row[row]])
        return received.get("ticker") if isinstance(received, dict) else None

    for i in np.flatnonzero(repeats):
        other[i] = ticker(rows[i]) != ticker(rows[i - 1])
    return other


def is_repeat(rows: Ints, batch: ParsedBatch, attribution: Attribution) -> Flags:
    """Whether each of `rows` (in sort order) repeats the row before it: same key, equal values, learned at one moment.

    An equal value learned at another moment is a reading of its own: whether it says something new depends on readings
    that may come in other batches, in any order (rule 5).
    """
    same = _same_key_as_previous(rows, batch, attribution)
    known_at = batch.of_page(lambda page: microseconds(page.known_at) // 1000)
    for values in (known_at[rows], *_numbers(batch, rows)):
        same[1:] &= values[1:] == values[:-1]
    return same


def _same_key_as_previous(rows: Ints, batch: ParsedBatch, attribution: Attribution) -> Flags:
    same = np.zeros(len(rows), np.bool_)
    time, series = batch.timestamp[rows], attribution.series_of[rows]
    same[1:] = (time[1:] == time[:-1]) & (series[1:] == series[:-1])
    return same


def _repeated(same_as_previous: Flags) -> Flags:
    repeated = same_as_previous.copy()
    repeated[:-1] |= same_as_previous[1:]
    return repeated


def _numbers(batch: ParsedBatch, rows: Ints) -> list[Floats]:
    """The values of each number field, comparable with ==: a null is minus infinity, which no sound row has."""
    return [np.nan_to_num(numbers.values[rows], nan=-np.inf) for numbers in batch.numbers.values()]


def _changes(order: Ints, *columns: np.ndarray[tuple[int], np.dtype[np.generic]]) -> Flags:
    """Where, in `order`, any column differs from the entry before; the first entry counts as a change."""
    changes = np.ones(len(order), np.bool_)
    changes[1:] = np.logical_or.reduce([column[order][1:] != column[order][:-1] for column in columns])
    return changes
