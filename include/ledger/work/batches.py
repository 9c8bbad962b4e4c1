"""Batches: pages that are validated and published together; each step may be repeated after a crash."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from include.ledger.database.models.spending import ChargeRow, RunRow
from include.ledger.database.models.work import BatchRow, BatchState, FindingRow, PageRow
from include.ledger.database.process_id import is_forsaken
from include.ledger.work import pages

PATIENCE = timedelta(minutes=30)
"""A batch that another host leaves unsettled for longer is taken over; publishing it again changes nothing."""

FINISHED = (BatchState.SETTLED, BatchState.SET_ASIDE, None)
"""What `state_of` gives when a load has nothing more to do for a batch; None is a batch that was dissolved."""


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
    """A batch that cannot be published: pages of one window, and why."""

    batch_id: str
    window_id: str
    rows: int
    reason: str


def cut(connection: Connection, run_id: str, owner: str, window_ids: Sequence[str], now: datetime) -> OpenBatch:
    """Makes one batch of the windows' pages that are in none."""
    batch_id = _new_id(now)
    rows = pages.put_into_batch(connection, batch_id, window_ids)
    batch = OpenBatch(batch_id, run_id, BatchState.CUT, owner, rows, now)
    values = {name: getattr(batch, name) for name in OpenBatch.__slots__}
    connection.execute(insert(BatchRow).values(values))
    return batch


def adopt_orphans(connection: Connection, owner: str, now: datetime) -> list[OpenBatch]:
    """Takes over the unsettled batches of this process and of processes that are gone; oldest first."""
    orphans = [batch for batch in _open(connection) if batch.owner == owner or _is_forsaken(batch, now)]
    named = BatchRow.batch_id.in_([batch.batch_id for batch in orphans])
    connection.execute(update(BatchRow).where(named).values(owner=owner))
    return orphans


def dissolve(connection: Connection, batch_ids: Iterable[str]) -> None:
    """Deletes unsettled batches. Their pages are free for new batches, since a batch never changes under its id."""
    for batch_id in batch_ids:
        connection.execute(update(PageRow).where(PageRow.batch_id == batch_id).values(batch_id=None))
        connection.execute(delete(FindingRow).where(FindingRow.batch_id == batch_id))
        connection.execute(delete(BatchRow).where(BatchRow.batch_id == batch_id))


def windows_of_others(connection: Connection, owner: str, now: datetime) -> set[str]:
    """Windows in unsettled batches of other processes that are alive, or may be."""
    theirs = [one.batch_id for one in _open(connection) if one.owner != owner and not _is_forsaken(one, now)]
    return set(connection.execute(select(PageRow.window_id).where(PageRow.batch_id.in_(theirs))).scalars())


def state_of(connection: Connection, batch_id: str) -> BatchState | None:
    """A batch's state; None when there is no such batch."""
    state = connection.execute(select(BatchRow.state).where(BatchRow.batch_id == batch_id)).scalar()
    return None if state is None else BatchState(state)


def set_state(connection: Connection, batch_id: str, state: BatchState) -> None:
    """Moves a batch to its next state."""
    connection.execute(update(BatchRow).where(BatchRow.batch_id == batch_id).values(state=state))


def set_aside(connection: Connection, batch_id: str, reasons: Mapping[str, str], now: datetime) -> None:
    """Moves windows that cannot be published out of a batch, each into its own; `reasons` are by window id."""
    for window_id, reason in reasons.items():
        _move_aside(connection, (PageRow.batch_id == batch_id) & (PageRow.window_id == window_id), reason, now)
    if not pages.of_batch(connection, batch_id):
        dissolve(connection, [batch_id])


def set_window_aside(connection: Connection, window_id: str, reason: str, now: datetime) -> None:
    """Moves all pages of a window out of their settled batches into one of its own, and forgets what was found there.

    Its rows stay where they are published: the window is validated and published again when it is released.
    """
    _move_aside(connection, PageRow.window_id == window_id, reason, now)
    connection.execute(delete(FindingRow).where(FindingRow.window_id == window_id))


def _move_aside(connection: Connection, moved: ColumnElement[bool], reason: str, now: datetime) -> None:
    """Puts pages that lie in batches into a new one that is set aside, in the name of the newest of these batches."""
    before = connection.execute(
        select(BatchRow.run_id, BatchRow.owner)
        .join(PageRow, PageRow.batch_id == BatchRow.batch_id)
        .where(moved)
        .order_by(BatchRow.created_at.desc())
    ).first()
    if before is None:
        return
    rows = sum(connection.execute(select(PageRow.rows).where(moved)).scalars())
    apart = OpenBatch(_new_id(now), before.run_id, BatchState.SET_ASIDE, before.owner, rows, now)
    values = {name: getattr(apart, name) for name in OpenBatch.__slots__}
    connection.execute(insert(BatchRow).values(values | {"note": reason}))
    connection.execute(update(PageRow).where(moved).values(batch_id=apart.batch_id))


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
    first = (BatchRow.batch_id == batch_id) & BatchRow.published.is_(None)
    connection.execute(update(BatchRow).where(first).values(published=published))


def published_by(connection: Connection, run_id: str) -> list[dict[str, Any]]:
    """What publishing the run's batches counted, settled or not, oldest first."""
    statement = select(BatchRow.published).where(BatchRow.run_id == run_id).order_by(BatchRow.created_at)
    return [published for published in connection.execute(statement).scalars() if published]


def published_by_runs(connection: Connection, run_ids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """As `published_by`, for several runs; a run that published nothing is left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    statement = select(BatchRow.run_id, BatchRow.published).where(BatchRow.run_id.in_(list(run_ids)))
    for run_id, published in connection.execute(statement.order_by(BatchRow.created_at)):
        if published:
            found.setdefault(run_id, []).append(published)
    return found


def rows_settled_elsewhere(connection: Connection, run_ids: Iterable[str]) -> dict[str, int]:
    """Rows that each of these runs paid for and a batch of another run settled; runs without such rows are left out."""
    among = list(run_ids)
    began = select(func.min(RunRow.started_at)).where(RunRow.run_id.in_(among)).scalar_subquery()
    statement = (
        select(ChargeRow.run_id, func.sum(PageRow.rows))
        .join(PageRow, PageRow.charge_id == ChargeRow.id)
        .join(BatchRow, BatchRow.batch_id == PageRow.batch_id)
        .where(ChargeRow.requested_at >= began, ChargeRow.run_id.in_(among))  # charges are indexed by time
        .where(BatchRow.run_id != ChargeRow.run_id, BatchRow.state == BatchState.SETTLED)
        .group_by(ChargeRow.run_id)
    )
    return {run_id: int(rows) for run_id, rows in connection.execute(statement) if rows}


def published_since(connection: Connection, since: datetime) -> list[dict[str, Any]]:
    """What publishing counted of the batches made after `since`, oldest first."""
    statement = select(BatchRow.published).where(BatchRow.created_at > since).order_by(BatchRow.created_at)
    return [published for published in connection.execute(statement).scalars() if published]


def _new_id(now: datetime) -> str:
    return f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:10]}"


def _is_forsaken(batch: OpenBatch, now: datetime) -> bool:
    return is_forsaken(batch.owner, batch.created_at, now, PATIENCE)


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
