"""Coverage as a calendar, and the gaps in it, by the ledger; fast for thousands of symbols."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import Connection

from include.domain.clock import DAY
from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange, clip, intersect, subtract
from include.ledger.database.engine import open_ledger
from include.ledger.queries.coverage_totals import (
    ANY,
    EqualStretches,
    NewestRows,
    SeriesFilter,
    SharedGap,
    equal_stretches,
    newest_rows,
    series_with_coverage,
    shared_gaps,
)
from include.ledger.work.clocks import clocks_now
from include.ledger.work.coverage import coverage_of
from include.pipeline.scope.derived_intervals import all_derived, stretches_of
from include.planning.windows.coverage import PROVEN_READS, Coverage, Covered
from include.settings import Settings


@dataclass(frozen=True, slots=True)
class DayCoverage:
    """Buckets of one day (UTC): `missing` of `expected` are neither received nor derived nor proven empty.

    Expected are those between the first and the last one requested for the series, as in the mart `coverage`.
    """

    day: str
    expected: int
    received: int
    derived: int
    proven_empty: int
    unproven: int
    """Part of `missing` that came back without a row, which is not proven yet and is requested again."""
    missing: int


@dataclass(frozen=True, slots=True)
class GroupCalendar:
    """All series of one source and interval together."""

    source: str
    interval: str
    series: int
    newest_row: datetime | None
    """When the newest row of all these series closed."""
    furthest_behind: datetime | None
    """When the newest row closed of the series whose rows end first."""
    days: list[DayCoverage]


@dataclass(frozen=True, slots=True)
class SeriesCalendar:
    """One series."""

    symbol: str
    source: str
    interval: str
    newest_row: datetime | None
    days: list[DayCoverage]


@dataclass(frozen=True, slots=True)
class CoverageOverview:
    """A calendar by source and interval; `as_of` is the vendor's clock as far as it is known."""

    as_of: datetime
    days: list[str]
    groups: list[GroupCalendar]


@dataclass(frozen=True, slots=True)
class SeriesCalendars:
    """A page of the calendar by series; `total` counts all pages."""

    as_of: datetime
    days: list[str]
    total: int
    series: list[SeriesCalendar]


@dataclass(frozen=True, slots=True)
class Gap:
    """Time between two covered stretches that no answer covers, in every one of the symbols."""

    source: str
    interval: str
    start: datetime
    end: datetime
    buckets: int
    """Of one symbol."""
    symbols: list[str]


@dataclass(frozen=True, slots=True)
class Gaps:
    """A page of the gaps, the newest first; `total` counts all pages."""

    as_of: datetime
    total: int
    gaps: list[Gap]


def coverage_overview(
    settings: Settings, days: int, only: SeriesFilter = ANY, until: date | None = None
) -> CoverageOverview:
    """`days` days by source and interval; the last one is `until`, else today."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        now = clocks_now(connection).for_rows
        calendar = _days(now, days, until)
        stretches = equal_stretches(connection, only, calendar[0].start, calendar[-1].end)
        newest = newest_rows(connection, only)
        derived = _derived_buckets(connection, settings, only, calendar)
    return CoverageOverview(now, _names(calendar), list(_groups(stretches, newest, derived, calendar)))


def series_calendars(
    settings: Settings,
    days: int,
    only: SeriesFilter = ANY,
    *,
    until: date | None = None,
    with_gaps: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> SeriesCalendars:
    """As `coverage_overview`, by series: `limit` of them from `offset` on; `with_gaps` leaves the others out."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        now = clocks_now(connection).for_rows
        calendar = _days(now, days, until)
        within = _whole(calendar) if with_gaps else None
        found, total = series_with_coverage(connection, only, gaps_within=within, limit=limit, offset=offset)
        coverage = coverage_of(connection, found)
        derived = stretches_of(all_derived(connection, settings))
    lines = [_series(one, coverage[one], derived.get(one, ()), calendar) for one in found]
    return SeriesCalendars(now, _names(calendar), total, lines)


def coverage_gaps(
    settings: Settings,
    days: int,
    only: SeriesFilter = ANY,
    *,
    until: date | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Gaps:
    """The gaps that end within the same days, `limit` of them from `offset` on."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        now = clocks_now(connection).for_rows
        within = _whole(_days(now, days, until))
        found, total = shared_gaps(connection, only, within, limit=limit, offset=offset)
        derived = stretches_of(all_derived(connection, settings))
    return Gaps(now, total, [_gap(one) for one in found if not _is_derived(one, derived)])


def _days(now: datetime, count: int, until: date | None) -> list[TimeRange]:
    last = datetime.combine(until or now.date(), time(), UTC)
    starts = [last - back * DAY for back in reversed(range(count))]
    return [TimeRange(start, start + DAY) for start in starts]


def _whole(calendar: Sequence[TimeRange]) -> TimeRange:
    return TimeRange(calendar[0].start, calendar[-1].end)


def _names(calendar: Sequence[TimeRange]) -> list[str]:
    return [f"{day.start:%Y-%m-%d}" for day in calendar]


def _groups(
    stretches: Iterable[EqualStretches],
    newest: Iterable[NewestRows],
    derived: Mapping[tuple[str, Interval, TimeRange], int],
    calendar: Sequence[TimeRange],
) -> Iterator[GroupCalendar]:
    counts: dict[tuple[str, Interval, str, TimeRange], int] = defaultdict(int)
    series: dict[tuple[str, Interval], int] = defaultdict(int)
    ends: dict[tuple[str, Interval], list[datetime]] = defaultdict(list)
    for one in stretches:
        if one.what == "requested":
            series[one.source, one.interval] += one.series
        for day, buckets in _by_day(TimeRange(one.start, one.end), one.interval, calendar):
            counts[one.source, one.interval, one.what, day] += buckets * one.series
    for end in newest:
        ends[end.source, end.interval].append(end.newest)
    for source, interval in sorted(series, key=lambda key: (key[0], key[1].seconds)):

        def found(what: str, day: TimeRange, source: str = source, interval: Interval = interval) -> int:
            return counts[source, interval, what, day]

        yield GroupCalendar(
            source,
            interval.value,
            series[source, interval],
            max(ends[source, interval], default=None),
            min(ends[source, interval], default=None),
            [
                _day(
                    day,
                    found("requested", day),
                    found("received", day),
                    derived.get((source, interval, day), 0),
                    found("proven_empty", day),
                    found("unproven", day),
                )
                for day in calendar
            ],
        )


def _series(
    series: Series, entries: Sequence[Covered], derived: Iterable[TimeRange], calendar: Sequence[TimeRange]
) -> SeriesCalendar:
    requested = TimeRange(entries[0].stretch.start, max(entry.stretch.end for entry in entries))
    received = [entry.stretch for entry in entries if entry.found == "rows"]
    proven = [one.stretch for one in entries if one.found == "empty" and one.empty_reads >= PROVEN_READS]
    unproven = [one.stretch for one in entries if one.found == "empty" and one.empty_reads < PROVEN_READS]
    read_off = _read_off(derived, requested, entries)

    def found(stretches: Iterable[TimeRange], day: TimeRange) -> int:
        parts = (clip(one, day.start, day.end) for one in stretches)
        return sum(series.interval.points(part.start, part.end) for part in parts if part)

    return SeriesCalendar(
        series.symbol,
        series.source,
        series.interval.value,
        max((one.end for one in received), default=None),
        [
            _day(day, *(found(some, day) for some in ([requested], received, read_off, proven, unproven)))
            for day in calendar
        ],
    )


def _read_off(derived: Iterable[TimeRange], requested: TimeRange, entries: Iterable[Covered]) -> list[TimeRange]:
    """The derived time that no answer covers."""
    return subtract(intersect(derived, [requested]), (entry.stretch for entry in entries))


def _day(day: TimeRange, expected: int, received: int, derived: int, proven_empty: int, unproven: int) -> DayCoverage:
    missing = expected - received - derived - proven_empty
    return DayCoverage(f"{day.start:%Y-%m-%d}", expected, received, derived, proven_empty, unproven, missing)


def _by_day(stretch: TimeRange, interval: Interval, calendar: Sequence[TimeRange]) -> Iterator[tuple[TimeRange, int]]:
    for day in calendar:
        if part := clip(stretch, day.start, day.end):
            yield day, interval.points(part.start, part.end)


def _derived_buckets(
    connection: Connection, settings: Settings, only: SeriesFilter, calendar: Sequence[TimeRange]
) -> dict[tuple[str, Interval, TimeRange], int]:
    """Buckets read off 5m rows; series by series, since each is proven for itself."""
    derived = {
        series: found
        for series, found in stretches_of(all_derived(connection, settings)).items()
        if found and only.holds(series)
    }
    counts: dict[tuple[str, Interval, TimeRange], int] = defaultdict(int)
    coverage: Coverage = coverage_of(connection, derived) if derived else {}
    for series, entries in coverage.items():
        requested = TimeRange(entries[0].stretch.start, max(entry.stretch.end for entry in entries))
        for stretch in _read_off(derived[series], requested, entries):
            for day, buckets in _by_day(stretch, series.interval, calendar):
                counts[series.source, series.interval, day] += buckets
    return counts


def _is_derived(gap: SharedGap, derived: Mapping[Series, Sequence[TimeRange]]) -> bool:
    """True where all of the gap is read off 5m rows for all of its symbols."""
    whole = [TimeRange(gap.start, gap.end)]
    each = (derived.get(Series(symbol, gap.source, gap.interval), ()) for symbol in gap.symbols)
    return all(not subtract(whole, stretches) for stretches in each)


def _gap(found: SharedGap) -> Gap:
    points = found.interval.points(found.start, found.end)
    return Gap(found.source, found.interval.value, found.start, found.end, points, found.symbols)
