"""Runs: their caps, spending and results."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from include.ledger.database.chunks import chunks
from include.ledger.database.models.spending import ChargeRow, RunRow


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run and how it ended; None where that has not happened."""

    run_id: str
    lane: str
    started_at: datetime
    max_credits: int | None
    settled_credits: int
    reserved_credits: int
    requests: int
    finished_at: datetime | None
    complete: bool | None
    reread_after_charge: int | None
    stopped: str | None
    stopped_at: datetime | None
    scheduled: bool


@dataclass(frozen=True, slots=True)
class Run(RunSummary):
    """A run with its priced plan and its report, as plain values."""

    priced: dict[str, Any] | None
    outcome: dict[str, Any] | None


def open_run(
    connection: Connection, run_id: str, lane: str, max_credits: int | None, now: datetime, *, scheduled: bool = False
) -> None:
    """Registers a run. A known run (a retried task) keeps its spending and takes the given cap."""
    if run_of(connection, run_id) is None:
        new = {"run_id": run_id, "lane": lane, "max_credits": max_credits, "started_at": now, "scheduled": scheduled}
        connection.execute(insert(RunRow).values(new))
    else:
        _set(connection, run_id, lane=lane, max_credits=max_credits, stopped=None, stopped_at=None)


def note_price(connection: Connection, run_id: str, priced: dict[str, Any]) -> None:
    """Stores the plan of a run as it was shown to people."""
    _set(connection, run_id, priced=priced)


def begin_reread(connection: Connection, run_id: str) -> None:
    """Stores the newest charge at the start of a re-read. A repeated plan keeps the first and buys nothing twice.

    Charges are numbered in the order of their permits. Their times are those of several workers, whose clocks differ.
    """
    newest = select(func.coalesce(func.max(ChargeRow.id), 0)).scalar_subquery()
    first = update(RunRow).where(RunRow.run_id == run_id, RunRow.reread_after_charge.is_(None))
    connection.execute(first.values(reread_after_charge=newest))


def note_stop(connection: Connection, run_id: str, sentence: str, now: datetime) -> None:
    """Stores the limit that ended reading with work left."""
    _set(connection, run_id, stopped=sentence, stopped_at=now)


def finish_run(connection: Connection, run_id: str, complete: bool, outcome: dict[str, Any], now: datetime) -> None:
    """Stores how a run ended; `outcome` holds plain values."""
    _set(connection, run_id, finished_at=now, complete=complete, outcome=outcome)


def run_of(connection: Connection, run_id: str) -> Run | None:
    """A run; None when it is not known."""
    row = connection.execute(select(RunRow.__table__).where(RunRow.run_id == run_id)).one_or_none()
    return None if row is None else Run(**row._mapping)


def ends_of(connection: Connection, run_ids: Iterable[str]) -> dict[str, datetime]:
    """When each of these runs ended; runs that have not are left out."""
    found: dict[str, datetime] = {}
    for some in chunks(list(run_ids)):
        ended = select(RunRow.run_id, RunRow.finished_at).where(
            RunRow.run_id.in_(some), RunRow.finished_at.is_not(None)
        )
        found |= {run_id: at for run_id, at in connection.execute(ended) if at is not None}
    return found


def last_runs(connection: Connection, count: int, lane: str | None = None) -> list[RunSummary]:
    """The newest runs first, of one lane where it is given."""
    columns = [getattr(RunRow, field.name) for field in fields(RunSummary)]
    statement = select(*columns).order_by(RunRow.started_at.desc()).limit(count)
    if lane is not None:
        statement = statement.where(RunRow.lane == lane)
    return [RunSummary(**row._mapping) for row in connection.execute(statement)]


def spending_of(connection: Connection, run_id: str) -> tuple[int, int, int]:
    """A run's (requests, settled credits, reserved credits)."""
    row = run_of(connection, run_id)
    return (row.requests, row.settled_credits, row.reserved_credits) if row else (0, 0, 0)


def _set(connection: Connection, run_id: str, **values: object) -> None:
    connection.execute(update(RunRow).where(RunRow.run_id == run_id).values(values))
