"""Which buckets of coarse intervals need not be bought, because the 5m snapshots equal them.

The check: the bucket of a coarse interval at T equals the 5m snapshot at T, in open_interest and in open_interest_usd.
A (symbol, source, interval) is proven on a day when at least `proof_buckets` final buckets were compared up to it, all
of them equal, and derived until `proof_days` after that day. One bucket that differs ends the proof: time before the
day of the last proof stays derived, time from that day on is bought.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from include.domain.clock import DAY, EPOCH
from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange, clip
from include.planning.windows.coverage import Covered, Freshness


@dataclass(frozen=True, slots=True)
class ComparedDay:
    """The final buckets of one day (UTC) of a coarse series beside the 5m snapshots of the same moments."""

    day: date
    sampled: int
    equal: int
    difference: str | None = None
    """The first bucket that differs, with both values; None where all are equal."""

    @property
    def start(self) -> datetime:
        return datetime.combine(self.day, time(), UTC)

    @property
    def differs(self) -> bool:
        return self.equal < self.sampled


@dataclass(frozen=True, slots=True)
class Derived:
    """Where a series is derived, and the day that ended its last proof, if one did."""

    stretches: tuple[TimeRange, ...] = ()
    ended_by: ComparedDay | None = None


def derived(days: Iterable[ComparedDay], proof_buckets: int, proof_days: int) -> Derived:
    """Returns what the comparisons of one series prove; the stretches begin and end at midnight UTC."""
    stretches: list[TimeRange] = []
    begin, compared = EPOCH, 0
    proven: ComparedDay | None = None
    ended_by: ComparedDay | None = None
    for one in sorted(days, key=lambda one: one.day):
        if one.differs:
            if proven is not None:
                ended_by = one
                stretches += [TimeRange(begin, proven.start)] if begin < proven.start else []
            begin, compared, proven = one.start + DAY, 0, None
            continue
        compared += one.sampled
        if compared >= proof_buckets:
            proven, ended_by = one, None
    if proven is not None:
        stretches.append(TimeRange(begin, proven.start + (1 + proof_days) * DAY))
    return Derived(tuple(stretches), ended_by)


def with_snapshots(series: Iterable[Series]) -> list[Series]:
    """The coarse series that can be derived: their 5m series is among `series` too."""
    wanted = dict.fromkeys(series)
    return [one for one in wanted if one.interval is not Interval.M5 and snapshots_of(one) in wanted]


def snapshots_of(series: Series) -> Series:
    """The 5m series of the same symbol and source."""
    return Series(series.symbol, series.source, Interval.M5)


def derived_at(found: Mapping[Series, Sequence[TimeRange]], moment: datetime) -> set[Series]:
    """The series that are derived at `moment`."""
    return {series for series, stretches in found.items() if any(one.start <= moment < one.end for one in stretches)}


def unsettled(entries: Iterable[Covered], interval: Interval, freshness: Freshness) -> list[TimeRange]:
    """Rows of a series that were provisional when they were bought: bought rows win, so they are read again."""
    rows = (entry for entry in entries if entry.found == "rows")
    parts = (clip(entry.stretch, start=freshness.final_edge(interval, entry.observed_at)) for entry in rows)
    return [part for part in parts if part]


def sample(interval: Interval, end: datetime, freshness: Freshness, buckets: int) -> TimeRange:
    """The last final buckets of a day, which a daily run up to `end` buys of a derived series to renew its proof."""
    last = freshness.final_edge(interval, end)
    return TimeRange(last - min(buckets, DAY // interval.step) * interval.step, last)
