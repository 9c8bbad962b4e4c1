"""Runs: who spends, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from include.ledger.database.models.spending import ChargeRow, RunRow


def open_run(
    connection: Connection, run_id: str, lane: str, max_credits: int | None, now: datetime, *, scheduled: bool = False
) -> None:
    """Registers a run; a run that is known already (a retried task) keeps its spending and takes the given cap."""
    if run_of(connection, run_id) is None:
        new = {"run_id": run_id, "lane": lane, "max_credits": max_credits, "started_at": now, "scheduled": scheduled}
        connection.execute(insert(RunRow).values(new))
    else:
        _set(connection, run_id, lane=lane, max_credits=max_credits, stopped=None, stopped_at=None)


def note_price(connection: Connection, run_id: str, priced: dict[str, Any]) -> None:
    """Keeps the plan of a run as it was shown to people."""
    _set(connection, run_id, priced=priced)


def begin_reread(connection: Connection, run_id: str) -> None:
    """Notes the newest charge at the start of a re-read; a repeated plan keeps the first one and buys nothing twice.

    Charges are numbered in the order of their permits. Their times are those of several workers, whose clocks differ.
    """
    newest = select(func.coalesce(func.max(ChargeRow.id), 0)).scalar_subquery()
    first = update(RunRow).where(RunRow.run_id == run_id, RunRow.reread_after_charge.is_(None))
    connection.execute(first.values(reread_after_charge=newest))


def note_stop(connection: Connection, run_id: str, sentence: str, now: datetime) -> None:
    """Notes the limit that ended reading with work left."""
    _set(connection, run_id, stopped=sentence, stopped_at=now)


def finish_run(connection: Connection, run_id: str, complete: bool, outcome: dict[str, Any], now: datetime) -> None:
    """Notes how a run ended; `outcome` holds plain values."""
    _set(connection, run_id, finished_at=now, complete=complete, outcome=outcome)


def run_of(connection: Connection, run_id: str) -> Row[Any] | None:
    """All that is known of a run."""
    return connection.execute(select(RunRow.__table__).where(RunRow.run_id == run_id)).one_or_none()


def spending_of(connection: Connection, run_id: str) -> tuple[int, int, int]:
    """A run's (requests, settled credits, reserved credits)."""
    row = run_of(connection, run_id)
    return (row.requests, row.settled_credits, row.reserved_credits) if row else (0, 0, 0)


def _set(connection: Connection, run_id: str, **values: object) -> None:
    connection.execute(update(RunRow).where(RunRow.run_id == run_id).values(values))
