"""Recent events, for alarms and reports: rows validated, windows refused, account use that nothing explains."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from include.domain.clock import DAY
from include.domain.facts import RefusedWindow, UnlandedPages, ValidatedRows
from include.domain.market import Interval, Series, Stream
from include.ledger.database.models.spending import ChargeRow, ChargeState, LostPage, ReadingRow, RunRow
from include.ledger.database.models.work import BatchRow, FindingRow, PageRow, WindowRow, WindowState
from include.ledger.work.batches import published_since


@dataclass(frozen=True, slots=True)
class Unexplained:
    """Account use beyond the ledger's, and the number of answers that named no charge."""

    credits: int
    table_priced: int


def validated_since(connection: Connection, since: datetime) -> list[ValidatedRows]:
    """Rows of the batches made after `since`, by series."""
    key = (FindingRow.symbol, FindingRow.source, FindingRow.interval)
    statement = (
        select(
            *key, func.sum(FindingRow.received).label("received"), func.sum(FindingRow.quarantined).label("quarantined")
        )
        .join(BatchRow, BatchRow.batch_id == FindingRow.batch_id)
        .where(BatchRow.created_at > since)
        .group_by(*key)
        .order_by(*key)
    )
    return [
        ValidatedRows(Series(row.symbol, row.source, Interval(row.interval)), int(row.received), int(row.quarantined))
        for row in connection.execute(statement)
    ]


def refused_since(connection: Connection, since: datetime) -> list[RefusedWindow]:
    """Windows refused after `since`, oldest first."""
    statement = (
        select(WindowRow.symbol, WindowRow.interval, WindowRow.source, WindowRow.note)
        .where(WindowRow.state == WindowState.REFUSED, WindowRow.closed_at > since)
        .order_by(WindowRow.closed_at)
    )
    return [
        RefusedWindow(Stream(row.symbol, Interval(row.interval), row.source), row.note or "")
        for row in connection.execute(statement)
    ]


def unexplained_since(connection: Connection, since: datetime) -> Unexplained:
    """Sums of the readings after `since`. A count that lags and catches up sums to zero."""
    statement = select(
        func.sum(ReadingRow.unexplained_credits),
        func.sum(ReadingRow.table_priced),
    ).where(ReadingRow.read_at > since)
    row = connection.execute(statement).one()
    return Unexplained(*(int(value or 0) for value in row))


def unlanded_since(connection: Connection, since: datetime) -> UnlandedPages:
    """Answers to requests made after `since` that could not be landed."""
    return _unlanded(connection, ChargeRow.requested_at > since)


def unlanded_of_run(connection: Connection, run_id: str) -> UnlandedPages:
    """Answers that a run paid for and could not land."""
    return _unlanded(connection, ChargeRow.run_id == run_id)


def _unlanded(connection: Connection, condition: ColumnElement[bool]) -> UnlandedPages:
    lost = condition & (ChargeRow.lost_page == LostPage.NOT_LANDED)
    row = connection.execute(select(func.count(), func.sum(ChargeRow.charged_credits)).where(lost)).one()
    return UnlandedPages(int(row[0]), int(row[1] or 0))


def requests_without_page(connection: Connection, run_id: str, since: datetime) -> int:
    """Requests of a run that began at `since` whose answers were not pages: errors, refusals, lost connections.

    A day before `since` is searched, too, since workers' clocks may differ. Requests still awaited are not counted.
    """
    answered = (
        select(PageRow.id)
        .where(PageRow.window_id == ChargeRow.window_id, PageRow.charge_id == ChargeRow.id)
        .correlate(ChargeRow)
    )
    statement = select(func.count()).where(
        ChargeRow.requested_at > since - DAY,
        ChargeRow.run_id == run_id,
        ChargeRow.state.not_in((ChargeState.RESERVED, ChargeState.CANCELLED)),
        ChargeRow.lost_page.is_(None),
        ~answered.exists(),
    )
    return int(connection.execute(statement).scalar_one())


def restated_since(connection: Connection, since: datetime) -> list[str]:
    """Sentences about values that the vendor changed by much, from the batches made after `since`, oldest first."""
    return [sentence for one in published_since(connection, since) for sentence in one.get("restated", ())]


def last_ends(connection: Connection) -> dict[str, datetime]:
    """When the last scheduled run of each lane ended; before the first end, when the first run started."""
    started, ended = func.min(RunRow.started_at), func.max(RunRow.finished_at)
    statement = select(RunRow.lane, ended, started).where(RunRow.scheduled).group_by(RunRow.lane)
    return {lane: ended or started for lane, ended, started in connection.execute(statement)}


def first_run_at(connection: Connection) -> datetime | None:
    """When the first run started; None before it."""
    return connection.execute(select(RunRow.started_at).order_by(RunRow.started_at).limit(1)).scalar()
