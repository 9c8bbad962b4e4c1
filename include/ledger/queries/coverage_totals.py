"""Coverage of many series, summed in the database: of 100,000 entries of 5,000 symbols most have equal edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, literal, select

from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange
from include.ledger.database.models.known import CoverageRow
from include.planning.windows.coverage import PROVEN_READS

_SEPARATOR = "\n"
"""Between symbols of one text; no symbol holds it."""
_TOTAL = func.count().over().label("total")
"""How many groups there are before `limit` is applied."""
_KEY = (CoverageRow.symbol, CoverageRow.source, CoverageRow.interval)


@dataclass(frozen=True, slots=True)
class SeriesFilter:
    """Which series are meant; None means any. `symbol` is a part of the name, in any case."""

    symbol: str | None = None
    source: str | None = None
    interval: Interval | None = None

    def holds(self, series: Series) -> bool:
        """True when the series is meant."""
        return (
            (not self.symbol or self.symbol.casefold() in series.symbol.casefold())
            and (not self.source or self.source == series.source)
            and (not self.interval or self.interval is series.interval)
        )

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as conditions on coverage."""
        found: list[ColumnElement[bool]] = []
        if self.symbol:
            found.append(CoverageRow.symbol.icontains(self.symbol, autoescape=True))
        if self.source:
            found.append(CoverageRow.source == self.source)
        if self.interval:
            found.append(CoverageRow.interval == self.interval.value)
        return found


ANY = SeriesFilter()


@dataclass(frozen=True, slots=True)
class EqualStretches:
    """`[start, end)` of several series of one source and interval that have it in common."""

    source: str
    interval: Interval
    what: str
    """`requested`: from the first to the last time that was requested; `received`, `proven_empty` or `unproven`."""
    start: datetime
    end: datetime
    series: int


@dataclass(frozen=True, slots=True)
class SharedGap:
    """Time that no answer covers, between two that were covered, and the symbols that lack it."""

    source: str
    interval: Interval
    start: datetime
    end: datetime
    symbols: list[str]


@dataclass(frozen=True, slots=True)
class NewestRows:
    """How many series of a source and interval have their newest row closed at `newest`."""

    source: str
    interval: Interval
    newest: datetime
    series: int


def equal_stretches(connection: Connection, only: SeriesFilter, start: datetime, end: datetime) -> list[EqualStretches]:
    """Every stretch that overlaps `[start, end)`, once for all series that share it."""
    rows = CoverageRow.found == "rows"
    proven = CoverageRow.empty_reads >= PROVEN_READS
    what = case((rows, "received"), (proven, "proven_empty"), else_="unproven").label("what")
    overlap = (CoverageRow.end > start) & (CoverageRow.start < end)
    edges = (CoverageRow.source, CoverageRow.interval, what, CoverageRow.start, CoverageRow.end)
    entries = select(*edges, func.count()).where(overlap, *only.conditions()).group_by(*edges)
    return [_equal(row) for statement in (entries, _requested(only)) for row in connection.execute(statement)]


def newest_rows(connection: Connection, only: SeriesFilter) -> list[NewestRows]:
    """When the newest rows closed, by source and interval."""
    each = (
        select(CoverageRow.source, CoverageRow.interval, func.max(CoverageRow.end).label("newest"))
        .where(CoverageRow.found == "rows", *only.conditions())
        .group_by(*_KEY)
        .subquery()
    )
    statement = select(each.c.source, each.c.interval, each.c.newest, func.count()).group_by(
        each.c.source, each.c.interval, each.c.newest
    )
    return [NewestRows(source, Interval(text), *rest) for source, text, *rest in connection.execute(statement)]


def series_with_coverage(
    connection: Connection, only: SeriesFilter, *, gaps_within: TimeRange | None, limit: int, offset: int
) -> tuple[list[Series], int]:
    """A page of the series by symbol, and how many there are; with `gaps_within` those with a gap that ends there."""
    found = _gaps(only, gaps_within).subquery().c if gaps_within else CoverageRow
    key = (found.symbol, found.source, found.interval)
    keys = select(*key, _TOTAL).group_by(*key)
    if gaps_within is None:
        keys = keys.where(*only.conditions())
    rows = connection.execute(keys.order_by(*key).limit(limit).offset(offset)).all()
    return [Series(row.symbol, row.source, Interval(row.interval)) for row in rows], _total(rows)


def shared_gaps(
    connection: Connection, only: SeriesFilter, within: TimeRange, *, limit: int, offset: int = 0
) -> tuple[list[SharedGap], int]:
    """A page of the gaps that end within a stretch, the newest first, and how many there are.

    A gap lies between two covered stretches of a series. Series of one source and interval share equal gaps.
    """
    gap = _gaps(only, within).subquery().c
    edges = (gap.source, gap.interval, gap.start, gap.end)
    symbols = func.aggregate_strings(gap.symbol, _SEPARATOR).label("symbols")
    grouped = select(*edges, symbols, _TOTAL).group_by(*edges)
    page = grouped.order_by(gap.end.desc(), gap.start, gap.source, gap.interval).limit(limit).offset(offset)
    rows = connection.execute(page).all()
    return [_gap(row) for row in rows], _total(rows)


def _requested(only: SeriesFilter) -> Select[Any]:
    each = (
        select(
            CoverageRow.source,
            CoverageRow.interval,
            func.min(CoverageRow.start).label("start"),
            func.max(CoverageRow.end).label("end"),
        )
        .where(*only.conditions())
        .group_by(*_KEY)
        .subquery()
        .c
    )
    edges = (each.source, each.interval, each.start, each.end)
    requested = select(each.source, each.interval, literal("requested"), each.start, each.end, func.count())
    return requested.group_by(*edges)


def _gaps(only: SeriesFilter, within: TimeRange) -> Select[Any]:
    """Where a stretch begins after the end of the one before it."""
    before = (
        func.lag(CoverageRow.end, type_=CoverageRow.end.type)
        .over(partition_by=_KEY, order_by=CoverageRow.start)
        .label("before")
    )
    entries = select(*_KEY, CoverageRow.start, before).where(*only.conditions()).subquery().c
    return select(
        entries.symbol,
        entries.source,
        entries.interval,
        entries.before.label("start"),
        entries.start.label("end"),
    ).where(entries.before < entries.start, entries.start > within.start, entries.start <= within.end)


def _total(page: Sequence[Any]) -> int:
    return int(page[0].total) if page else 0


def _equal(row: Any) -> EqualStretches:
    source, interval, what, start, end, series = row
    return EqualStretches(source, Interval(interval), what, start, end, series)


def _gap(row: Any) -> SharedGap:
    return SharedGap(row.source, Interval(row.interval), row.start, row.end, sorted(row.symbols.split(_SEPARATOR)))
