"""Gaps that runs should have filled by now, and silence that proves nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from include.alarms.alarm import Alarm, Severity
from include.alarms.tracked import is_up_to_date, tracked_series
from include.domain.clock import iso
from include.domain.market import Interval, Series
from include.domain.text import counted, named
from include.domain.time_range import TimeRange, buckets, clip, merge, on_grid, subtract
from include.kwery.answers.doubts import Doubt, because
from include.planning.windows.coverage import Coverage, Covered, unconfirmed_in

Group = tuple[Interval, tuple[TimeRange, ...]]


@dataclass(frozen=True, slots=True)
class Healed:
    """`[start, end)`: where runs should have filled every gap. Older gaps count from `oldest` on, if it is known.

    They are errors where reading continued after them at `recent` or later, else warnings.
    """

    start: datetime
    end: datetime
    recent: datetime
    oldest: datetime | None = None


def gaps(
    wanted: Iterable[Series],
    coverage: Coverage,
    healed: Healed,
    derived: Mapping[Series, Sequence[TimeRange]] | None = None,
) -> list[Alarm]:
    """Stretches that no answer covers, in tracked series, from their first answer on.

    Before `healed` they are gaps only where the series was tracked up to them, and not between ranges that were loaded
    once. Series with the same gaps share an alarm. Derived time needs no answer.
    """
    found: dict[Group, list[Series]] = defaultdict(list)
    missed: dict[Group, list[Series]] = defaultdict(list)
    for series in tracked_series(wanted, coverage):
        entries, read_off = coverage[series], (derived or {}).get(series, ())
        known = merge(entry.stretch for entry in entries)
        if len(known) == 1 and known[0].end >= healed.end:
            continue
        if missing := subtract(_missing(series, known, healed.start, healed.end), read_off):
            found[series.interval, tuple(missing)].append(series)
        if missing := subtract(_left_behind(series, entries, known, healed), read_off):
            missed[series.interval, tuple(missing)].append(series)
    return [
        *(_gap(interval, missing, series) for (interval, missing), series in found.items()),
        *(_left(interval, missing, series, healed.recent) for (interval, missing), series in missed.items()),
    ]


def doubts(coverage: Coverage, start: datetime, asked_since: datetime) -> list[Alarm]:
    """Silence that proves nothing, with its reasons, where it ends after `start` or was read since `asked_since`."""
    found: dict[tuple[Interval, tuple[TimeRange, ...], tuple[Doubt, ...]], list[Series]] = defaultdict(list)
    for series, entries in sorted(coverage.items()):
        recent = (one for one in entries if one.stretch.end > start or one.observed_at >= asked_since)
        for why, unconfirmed in unconfirmed_in(recent).items():
            found[series.interval, tuple(unconfirmed), why].append(series)
    return [_doubt(unconfirmed, why, series) for (_, unconfirmed, why), series in found.items()]


def _missing(series: Series, known: Sequence[TimeRange], start: datetime, end: datetime) -> list[TimeRange]:
    begun = max(start, known[0].start)
    expected = on_grid(TimeRange(begun, end), series.interval) if begun < end else None
    return subtract([expected], known) if expected else []


def _left_behind(
    series: Series, entries: Sequence[Covered], known: Sequence[TimeRange], healed: Healed
) -> list[TimeRange]:
    """Where a series was tracked, then not read, then read again, before the time that runs still fill."""
    ends = {entry.stretch.end for entry in entries if is_up_to_date(entry, series.interval)}
    between = (TimeRange(left.end, right.start) for left, right in pairwise(known) if left.end in ends)
    clipped = (clip(gap, start=healed.oldest, end=healed.start) for gap in between)
    on_the_grid = (on_grid(gap, series.interval) for gap in clipped if gap)
    return [gap for gap in on_the_grid if gap]


def _gap(interval: Interval, missing: Sequence[TimeRange], series: Sequence[Series]) -> Alarm:
    first, last = missing[0].start, missing[-1].end
    return Alarm(
        "gaps",
        Severity.ERROR,
        named([one.label for one in series]),
        f"{counted(buckets(missing, interval), 'grid point')} between {iso(first)} and {iso(last)} not covered, "
        "which the daily DAG should have bought: see why its runs fail, or run "
        f"./oi heal --interval {interval} --from {iso(first)} --to {iso(last)}",
    )


def _left(interval: Interval, missing: Sequence[TimeRange], series: Sequence[Series], recent: datetime) -> Alarm:
    first, last = missing[0].start, missing[-1].end
    return Alarm(
        "gaps",
        Severity.ERROR if last >= recent else Severity.WARNING,
        named([one.label for one in series]),
        f"{counted(buckets(missing, interval), 'grid point')} between {iso(first)} and {iso(last)} not covered, "
        "and older than plan.lookback_days reaches, so no run buys them: run "
        f"./oi heal --interval {interval} --from {iso(first)} --to {iso(last)}",
    )


def _doubt(unconfirmed: Sequence[TimeRange], why: Sequence[Doubt], series: Sequence[Series]) -> Alarm:
    advice = " If it stays so, ask the vendor."
    if Doubt.POSSIBLY_CLIPPED in why:
        advice = " If the plan's history begins later, take a larger plan; if the market did, nothing is missing."
    elif Doubt.UNKNOWN_FLAG in why:
        advice = " If the flag says nothing of the rows, add its name to api.harmless_fields."
    return Alarm(
        "doubts",
        Severity.WARNING,
        named([one.label for one in series]),
        f"{unconfirmed[0].label} came back without rows, and does not count as empty because {because(why)}. It is "
        f"requested again while it lies in the look-back, and when the plan reaches further back.{advice}",
    )
