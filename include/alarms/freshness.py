"""Freshness: the newest row of a series that is kept current, against its interval and the vendor's clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from include.alarms.alarm import Alarm, Severity, named
from include.alarms.followed import Coverage, followed
from include.clock import iso
from include.kwery.contract import Interval, Series
from include.planning.coverage import Covered

NAME = "freshness"


def freshness(
    wanted: Iterable[Series], coverage: Coverage, now: datetime, within: Mapping[Interval, int]
) -> list[Alarm]:
    """Series whose newest row closed more than `within` intervals before `now`; those that stopped together as one."""
    late: dict[tuple[Interval, datetime, bool], list[Series]] = defaultdict(list)
    silent: list[Series] = []
    for series in followed(wanted, coverage):
        newest, asked = newest_row(coverage[series]), _asked_until(coverage[series])
        if newest is None:
            silent.append(series)
        elif now - newest > within[series.interval] * series.interval.step:
            late[series.interval, newest, asked > newest].append(series)
    alarms = [
        _late(stopped, newest, answered_empty, within[interval])
        for (interval, newest, answered_empty), stopped in sorted(late.items(), key=lambda item: item[0][1])
    ]
    return [*alarms, *([_silent(silent)] if silent else [])]


def newest_row(entries: Iterable[Covered]) -> datetime | None:
    """When the newest bucket that holds a row closed, or None when no row was ever found."""
    return max((entry.stretch.end for entry in entries if entry.found == "rows"), default=None)


def _asked_until(entries: Iterable[Covered]) -> datetime:
    return max(entry.stretch.end for entry in entries)


def _late(stopped: Sequence[Series], newest: datetime, answered_empty: bool, allowed: int) -> Alarm:
    interval = stopped[0].interval
    why = (
        "the vendor was asked since and answered without rows: look at its status page, and at market.quarantine"
        if answered_empty
        else "nothing was asked since: see why the hourly or daily DAG fails or does not start, or run ./oi load"
    )
    return Alarm(
        NAME,
        Severity.ERROR,
        named([series.label for series in stopped]),
        f"rows end at {iso(newest)}, more than the {allowed} intervals of {interval} that alarms.fresh_within allows; "
        f"{why}",
    )


def _silent(series: Sequence[Series]) -> Alarm:
    return Alarm(
        NAME,
        Severity.WARNING,
        named([one.label for one in series]),
        "asked up to date, and not one row was ever found: if the source does not have it, "
        "take it out with series.only in pipeline.yaml",
    )
