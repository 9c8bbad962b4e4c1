"""Batches: landed pages on their way into the warehouse; each step may be repeated after a crash."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, ColumnExpressionArgument, Connection, bindparam, delete, insert, select, update

from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange, subtract
from include.kwery.answers.doubts import Doubt, read_doubts
from include.ledger.database.models.base import table_of
from include.ledger.database.models.work import BatchRow, BatchState, FindingRow, PageRow, WindowRow
from include.ledger.database.process_id import is_forsaken
from include.ledger.work import pages

PATIENCE = timedelta(minutes=30)
"""A batch that another host has not settled after so long is taken over; publishing it again is harmless."""

OVER = (BatchState.SETTLED, BatchState.SET_ASIDE, None)
"""States in which a load has nothing left to do for a batch: settled, set aside, or dissolved."""


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch that is not settled yet."""

    batch_id: str
    run_id: str
    state: BatchState
    owner: str
    rows: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SetAside:
    """A batch that cannot be published for what is in it: pages of one window, and why."""

    batch_id: str
    window_id: str
    rows: int
    reason: str


@dataclass(frozen=True, slots=True)
class SeriesFinding:
    """What was found of one series in one window (summed over batches where a window spans several)."""

    window_id: str
    series: Series
    received: int
    accepted: int
    quarantined: int
    duplicates: int
    outside: int
    blocked: bool
    found: list[list[str]]
    """Stretches of grid points that arrived, as pairs of ISO instants, half open."""
    doubts: tuple[Doubt, ...] = ()
    """Why the silence beside these rows proves nothing."""


def cut(connection: Connection, run_id: str, owner: str, window_ids: Sequence[str], now: datetime) -> OpenBatch:
    """Makes one batch of all unbatched pages of the windows."""
    batch_id = f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:10]}"
    rows = pages.put_into_batch(connection, batch_id, window_ids)
    connection.execute(
        insert(BatchRow).values(
            batch_id=batch_id, run_id=run_id, state=BatchState.CUT, owner=owner, rows=rows, created_at=now
        )
    )
    return OpenBatch(batch_id, run_id, BatchState.CUT, owner, rows, now)


def adopt_orphans(connection: Connection, owner: str, now: datetime) -> list[OpenBatch]:
    """Takes over the unsettled batches whose owner is gone (or is this process); oldest first."""
    orphans = [
        batch
        for batch in _open(connection)
        if batch.owner == owner or is_forsaken(batch.owner, batch.created_at, now, PATIENCE)
    ]
    for batch in orphans:
        connection.execute(update(BatchRow).where(BatchRow.batch_id == batch.batch_id).values(owner=owner))
    return orphans


def dissolve(connection: Connection, batch_ids: Iterable[str]) -> None:
    """Forgets unsettled batches, whose pages are cut anew: a batch never changes under its id."""
    for batch_id in batch_ids:
        connection.execute(update(PageRow).where(PageRow.batch_id == batch_id).values(batch_id=None))
        connection.execute(delete(FindingRow).where(FindingRow.batch_id == batch_id))
        connection.execute(delete(BatchRow).where(BatchRow.batch_id == batch_id))


def windows_in_other_hands(connection: Connection, owner: str, now: datetime) -> set[str]:
    """Windows in unsettled batches of other processes that live, or may live."""
    held = [
        batch.batch_id
        for batch in _open(connection)
        if batch.owner != owner and not is_forsaken(batch.owner, batch.created_at, now, PATIENCE)
    ]
    return {window_id for batch_id in held for window_id in windows_of(connection, batch_id)}


def state_of(connection: Connection, batch_id: str) -> BatchState | None:
    """A batch's state, or None when there is no such batch."""
    state = connection.execute(select(BatchRow.state).where(BatchRow.batch_id == batch_id)).scalar()
    return None if state is None else BatchState(state)


def is_settled(connection: Connection, batch_id: str) -> bool:
    return state_of(connection, batch_id) is BatchState.SETTLED


def set_state(connection: Connection, batch_id: str, state: BatchState) -> None:
    """Moves a batch on."""
    connection.execute(update(BatchRow).where(BatchRow.batch_id == batch_id).values(state=state))


def set_aside(connection: Connection, batch_id: str, reasons: Mapping[str, str], now: datetime) -> None:
    """Moves windows that cannot be published out of a batch, each into one of its own; `reasons` are by window."""
    batch = connection.execute(select(BatchRow.run_id, BatchRow.owner).where(BatchRow.batch_id == batch_id)).one()
    for window_id, reason in reasons.items():
        apart = f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:10]}"
        moved = (PageRow.batch_id == batch_id) & (PageRow.window_id == window_id)
        rows = sum(connection.execute(select(PageRow.rows).where(moved)).scalars())
        values = {"batch_id": apart, "run_id": batch.run_id, "state": BatchState.SET_ASIDE, "owner": batch.owner}
        connection.execute(insert(BatchRow).values(**values, rows=rows, created_at=now, note=reason))
        connection.execute(update(PageRow).where(moved).values(batch_id=apart))
    if not windows_of(connection, batch_id):
        dissolve(connection, [batch_id])


def all_set_aside(connection: Connection) -> list[SetAside]:
    """The batches that were set aside, oldest first."""
    statement = (
        select(BatchRow.batch_id, BatchRow.note, BatchRow.rows, PageRow.window_id)
        .join(PageRow, PageRow.batch_id == BatchRow.batch_id)
        .where(BatchRow.state == BatchState.SET_ASIDE)
        .distinct()
        .order_by(BatchRow.batch_id)
    )
    return [SetAside(row.batch_id, row.window_id, row.rows, row.note or "") for row in connection.execute(statement)]


def note_published(connection: Connection, batch_id: str, published: dict[str, Any]) -> None:
    """Stores what the first publishing counted. A repeat finds the rows there and would count them as known."""
    connection.execute(
        update(BatchRow).where(BatchRow.batch_id == batch_id, BatchRow.published.is_(None)).values(published=published)
    )


def published_by(connection: Connection, run_id: str) -> list[dict[str, Any]]:
    """The counts of a run's batches, settled or not."""
    statement = select(BatchRow.published).where(BatchRow.run_id == run_id).order_by(BatchRow.created_at)
    return [published for published in connection.execute(statement).scalars() if published]


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
            "found": one.found,
            "doubts": list(one.doubts),
        }
        for one in findings
    ]
    if rows:
        connection.execute(insert(FindingRow), rows)


def findings_of_window(connection: Connection, window_id: str) -> list[SeriesFinding]:
    """All that settled or settling batches found in a window."""
    return _findings(connection, FindingRow.window_id == window_id)


def findings_of_run(connection: Connection, run_id: str) -> list[SeriesFinding]:
    """All that a run's batches found."""
    return _findings(connection, FindingRow.batch_id.in_(select(BatchRow.batch_id).where(BatchRow.run_id == run_id)))


def blocked_series(connection: Connection, start: datetime, end: datetime) -> list[Series]:
    """Series of which some part of `[start, end)` is kept in quarantine whole, and was not read better since."""
    blocked: dict[Series, None] = {}
    for series, asked_at, stretch in _judged(connection, FindingRow.blocked, start, end):
        better = ~FindingRow.blocked & (WindowRow.created_at > asked_at) & _is_of(series)
        if subtract([stretch], [part for *_, part in _judged(connection, better, start, end)]):
            blocked[series] = None
    return list(blocked)


def _judged(
    connection: Connection, which: ColumnExpressionArgument[bool], start: datetime, end: datetime
) -> list[tuple[Series, datetime, TimeRange]]:
    """The series of findings, when their windows were planned, and what part of `[start, end)` these hold."""
    statement = (
        select(
            FindingRow.symbol,
            FindingRow.source,
            FindingRow.interval,
            WindowRow.created_at,
            WindowRow.start,
            WindowRow.end,
        )
        .join(WindowRow, WindowRow.window_id == FindingRow.window_id)
        .where(which, WindowRow.start < end, WindowRow.end > start)
        .order_by(FindingRow.symbol, FindingRow.source, FindingRow.interval)
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


def unblock(connection: Connection, window_ids: Iterable[str]) -> None:
    """Takes back that the windows' series are blocked, once their pages were judged anew."""
    named = [{"of_window": window_id} for window_id in window_ids]
    if named:
        statement = update(table_of(FindingRow)).where(FindingRow.window_id == bindparam("of_window"))
        connection.execute(statement.values(blocked=False), named)


def windows_of(connection: Connection, batch_id: str) -> list[str]:
    """The windows that have pages in the batch."""
    statement = select(PageRow.window_id).where(PageRow.batch_id == batch_id).distinct()
    return list(connection.execute(statement).scalars())


def _open(connection: Connection) -> list[OpenBatch]:
    statement = (
        select(BatchRow.batch_id, BatchRow.run_id, BatchRow.state, BatchRow.owner, BatchRow.rows, BatchRow.created_at)
        .where(BatchRow.state.not_in([BatchState.SETTLED, BatchState.SET_ASIDE]))
        .order_by(BatchRow.created_at, BatchRow.batch_id)
    )
    return [
        OpenBatch(row.batch_id, row.run_id, BatchState(row.state), row.owner, row.rows, row.created_at)
        for row in connection.execute(statement)
    ]


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
            row.found,
            read_doubts(row.doubts),
        )
        for row in connection.execute(statement)
    ]
