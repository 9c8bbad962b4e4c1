"""What each window holds of each series."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from include.domain.clock import EPOCH
from include.domain.time_range import TimeRange
from include.planning.windows.series_finding import SeriesFinding
from include.quality.classify import Classification, in_window
from include.quality.doubts import Repeats, row_doubts
from include.quality.parsed_batch import NO_TIME, Flags, Ints, ParsedBatch, microseconds
from include.quality.series import Attribution

STRANGERS = ("symbol_as_asked", "source_as_asked", "interval_as_asked")
"""A row that breaks one of these says nothing of the requested series."""


def find(batch: ParsedBatch, attribution: Attribution, classified: Classification) -> list[SeriesFinding]:
    """One finding per (window, series) that any row counts for, sorted by both."""
    group_of = attribution.group_of()
    groups = len(attribution.windows) * len(attribution.series)

    def count(rows: Ints) -> list[int]:
        return list(np.bincount(group_of[rows], minlength=groups).tolist())

    received = np.bincount(group_of, minlength=groups)
    accepted, duplicates = count(classified.accepted), count(classified.duplicates)
    quarantined, outside = count(np.flatnonzero(classified.quarantined)), count(np.flatnonzero(classified.outside))
    step_of = steps(attribution)
    until_end = _by_bucket(batch, arrived(batch, classified, step_of, until_end=True), group_of)
    placed = until_end[in_window(batch)[until_end]]
    found = _found(batch, placed, group_of, step_of)
    repeats = _repeats(batch, until_end, group_of)
    doubts = row_doubts(batch, classified, group_of, step_of, repeats)
    findings = []
    for group in np.flatnonzero(received).tolist():
        window, series = divmod(group, len(attribution.series))
        findings.append(
            SeriesFinding(
                window_id=attribution.windows[window],
                series=attribution.series[series],
                received=int(received[group]),
                accepted=accepted[group],
                quarantined=quarantined[group],
                duplicates=duplicates[group],
                outside=outside[group],
                blocked=bool(classified.blocked[series]),
                found=found.get(group, []),
                doubts=doubts.get(group, ()),
            )
        )
    return findings


def arrived(batch: ParsedBatch, classified: Classification, step_of: Ints, *, until_end: bool = False) -> Flags:
    """Rows of the requested series, on its grid and in its window, with `until_end` also those exactly at its end.

    A row with a bad value arrived too, and is not bought again.
    """
    flags: Flags = in_window(batch, until_end=until_end) & (batch.timestamp % step_of == 0)
    for rule in STRANGERS:
        flags[classified.broken.get(rule, [])] = False
    return flags


def steps(attribution: Attribution) -> Ints:
    """The length of each row's bucket, in microseconds."""
    lengths = np.array([series.interval.seconds * 1_000_000 for series in attribution.series], np.int64)
    found: Ints = lengths[attribution.series_of]
    return found


def _by_bucket(batch: ParsedBatch, flags: Flags, group_of: Ints) -> Ints:
    """The flagged rows, whatever became of them, by group and time."""
    rows = np.flatnonzero(flags)
    by_bucket: Ints = rows[np.lexsort((batch.timestamp[rows], group_of[rows]))]
    return by_bucket


def _repeats(batch: ParsedBatch, placed: Ints, group_of: Ints) -> Repeats:
    """Of the placed rows, those at a bucket that an earlier row of their window and series has.

    A request that continues by time begins at the last bucket that had arrived: its repeat there is expected.
    """
    time, group, page = batch.timestamp[placed], group_of[placed], batch.page[placed]
    same_bucket = (time[1:] == time[:-1]) & (group[1:] == group[:-1])
    same_page = page[1:] == page[:-1]
    resumed = batch.of_page(lambda one: NO_TIME if one.resumed_at is None else microseconds(one.resumed_at))[placed]
    expected = resumed[1:] == time[1:]
    again = placed[1:]
    return Repeats(again[same_bucket & same_page], again[same_bucket & ~same_page & ~expected])


def _found(batch: ParsedBatch, rows: Ints, group_of: Ints, step_of: Ints) -> dict[int, list[TimeRange]]:
    """The time ranges of grid points at which a row of the group arrived."""
    if not len(rows):
        return {}
    time, group, steps = batch.timestamp[rows], group_of[rows], step_of[rows]
    breaks = np.flatnonzero((np.diff(group) != 0) | (np.diff(time) > steps[1:])) + 1
    starts, ends = [0, *breaks.tolist()], [*breaks.tolist(), len(rows)]
    found: dict[int, list[TimeRange]] = {}
    for start, end in zip(starts, ends, strict=True):
        arrived_in = TimeRange(_instant(time[start]), _instant(time[end - 1] + steps[start]))
        found.setdefault(int(group[start]), []).append(arrived_in)
    return found


def _instant(us: np.int64) -> datetime:
    return EPOCH + timedelta(microseconds=int(us))
