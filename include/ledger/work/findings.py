"""Findings: what batches found of each series in each window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, ColumnExpressionArgument, Connection, bindparam, delete, insert, select, update

from include.domain.clock import iso, parse_instant
from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange, subtract
from include.kwery.answers.doubts import read_doubts
from include.ledger.database.chunks import chunks
from include.ledger.database.models.base import table_of
from include.ledger.database.models.work import BatchRow, FindingRow, WindowRow
from include.planning.windows.series_finding import SeriesFinding


def put_findings(connection: Connection, batch_id: str, findings: Iterable[SeriesFinding]) -> None:
    """Stores what a batch found, in place of what an earlier attempt stored."""
    connection.execute(delete(FindingRow).where(FindingRow.batch_id == batch_id))
    rows = [
        {
            "batch_id": batch_id,
            "window_id": one.window_id,
            "symbol": one.series.symbol,
            "source": one.series.source,
            "interval": one.series.interval.value,
            "received": one.received,
            "accepted": one.accepted,
            "quarantined": one.quarantined,
            "duplicates": one.duplicates,
            "outside": one.outside,
            "blocked": one.blocked,
            "found": [[iso(part.start), iso(part.end)] for part in one.found],
            "doubts": list(one.doubts),
        }
        for one in findings
    ]
    if rows:
        connection.execute(insert(FindingRow), rows)


def findings_of_windows(connection: Connection, window_ids: Sequence[str]) -> dict[str, list[SeriesFinding]]:
    """What all batches found in each window."""
    found: dict[str, list[SeriesFinding]] = {}
    for some in chunks(window_ids):
        for finding in _findings(connection, FindingRow.window_id.in_(some)):
            found.setdefault(finding.window_id, []).append(finding)
    return found


def findings_of_run(connection: Connection, run_id: str) -> list[SeriesFinding]:
    """What a run's batches found."""
    return _findings(connection, FindingRow.batch_id.in_(select(BatchRow.batch_id).where(BatchRow.run_id == run_id)))


def blocked_series(connection: Connection, start: datetime, end: datetime) -> list[Series]:
    """Series of which all rows in some part of `[start, end)` are in quarantine, with no better reading since."""
    blocked: dict[Series, None] = {}
    for series, planned_at, part in _parts(connection, FindingRow.blocked, start, end):
        better = ~FindingRow.blocked & (WindowRow.created_at > planned_at) & _is_of(series)
        if subtract([part], [other for *_, other in _parts(connection, better, start, end)]):
            blocked[series] = None
    return list(blocked)


def unblock(connection: Connection, window_ids: Iterable[str]) -> None:
    """Clears the block of the windows' series, whose pages were validated again."""
    named = [{"of_window": window_id} for window_id in window_ids]
    if named:
        statement = update(table_of(FindingRow)).where(FindingRow.window_id == bindparam("of_window"))
        connection.execute(statement.values(blocked=False), named)


def _parts(
    connection: Connection, which: ColumnExpressionArgument[bool], start: datetime, end: datetime
) -> list[tuple[Series, datetime, TimeRange]]:
    """The series of findings, when their windows were planned, and the windows' parts of `[start, end)`."""
    series = (FindingRow.symbol, FindingRow.source, FindingRow.interval)
    statement = (
        select(*series, WindowRow.created_at, WindowRow.start, WindowRow.end)
        .join(WindowRow, WindowRow.window_id == FindingRow.window_id)
        .where(which, WindowRow.start < end, WindowRow.end > start)
        .order_by(*series)
    )
    return [
        (
            Series(row.symbol, row.source, Interval(row.interval)),
            row.created_at,
            TimeRange(max(start, row.start), min(end, row.end)),
        )
        for row in connection.execute(statement)
    ]


def _is_of(series: Series) -> ColumnElement[bool]:
    interval = FindingRow.interval == series.interval.value
    return interval & (FindingRow.symbol == series.symbol) & (FindingRow.source == series.source)


def _findings(connection: Connection, condition: ColumnElement[bool]) -> list[SeriesFinding]:
    statement = select(FindingRow.__table__).where(condition)
    return [
        SeriesFinding(
            row.window_id,
            Series(row.symbol, row.source, Interval(row.interval)),
            row.received,
            row.accepted,
            row.quarantined,
            row.duplicates,
            row.outside,
            row.blocked,
            [TimeRange(parse_instant(start), parse_instant(end)) for start, end in row.found],
            read_doubts(row.doubts),
        )
        for row in connection.execute(statement)
    ]
