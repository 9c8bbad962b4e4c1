"""Freshness: the newest row of a series that is kept current, against its interval and the vendor's clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime

from include.alarms.alarm import Alarm, Severity
from include.alarms.tracked import tracked_series
from include.domain.clock import iso
from include.domain.market import Interval, Series
from include.domain.text import named
from include.planning.windows.coverage import Coverage, Covered

NAME = "freshness"
Late = tuple[Interval, datetime, bool]
"""An interval, its newest row, and whether later requests came back without rows."""


def freshness(
    wanted: Iterable[Series],
    coverage: Coverage,
    now: datetime,
    within: Mapping[Interval, int],
    may_end: Container[str] = (),
) -> list[Alarm]:
    """Series whose newest row closed more than `within` intervals before `now`, grouped by newest row.

    Symbols of `may_end` are markets that end one by one: one of them without new rows is an alarm only when no other
    one of its source and interval has fresh rows either.
    """
    late: dict[Late, list[Series]] = defaultdict(list)
    without_rows: list[Series] = []
    running: set[tuple[str, Interval]] = set()
    for series in tracked_series(wanted, coverage):
        newest = newest_row(coverage[series])
        if newest is None:
            without_rows.append(series)
        elif now - newest > within[series.interval] * series.interval.step:
            late[series.interval, newest, _read_until(coverage[series]) > newest].append(series)
        elif series.symbol in may_end:
            running.add((series.source, series.interval))
    alarms = [
        _late(shown, newest, answered_empty, within[interval])
        for (interval, newest, answered_empty), stopped in sorted(late.items(), key=lambda item: item[0][1])
        if (shown := [one for one in stopped if not (answered_empty and _has_ended(one, may_end, running))])
    ]
    without_rows = [one for one in without_rows if one.symbol not in may_end]
    return [*alarms, *([_without_rows(without_rows)] if without_rows else [])]


def _has_ended(series: Series, may_end: Container[str], running: Container[tuple[str, Interval]]) -> bool:
    return series.symbol in may_end and (series.source, series.interval) in running


def newest_row(entries: Iterable[Covered]) -> datetime | None:
    """When the newest bucket that holds a row closed, or None when no row was ever found."""
    return max((entry.stretch.end for entry in entries if entry.found == "rows"), default=None)


def _read_until(entries: Iterable[Covered]) -> datetime:
    return max(entry.stretch.end for entry in entries)


def _late(stopped: Sequence[Series], newest: datetime, answered_empty: bool, allowed: int) -> Alarm:
    interval = stopped[0].interval
    why = (
        "the vendor was asked since and answered without rows: look at its status page, and at the table quarantine"
        if answered_empty
        else "nothing was requested since: see why the hourly or daily DAG fails or does not start, or run ./oi load"
    )
    return Alarm(
        NAME,
        Severity.ERROR,
        named([series.label for series in stopped]),
        f"rows end at {iso(newest)}, more than the {allowed} intervals of {interval} that alarms.fresh_within allows; "
        f"{why}",
    )


def _without_rows(series: Sequence[Series]) -> Alarm:
    return Alarm(
        NAME,
        Severity.WARNING,
        named([one.label for one in series]),
        "requested up to date, and no row was ever found: if the source does not have it, put the symbol in a group "
        "without that source (series.groups in pipeline.yaml)",
    )
