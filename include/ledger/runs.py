"""Runs: who spends, and what came of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from include.ledger.models import Run


def day_of(moment: datetime) -> str:
    """The day (UTC) that pays for a request: `2026-03-07`; a billing cycle is a range of them."""
    return f"{moment:%Y-%m-%d}"


def open_run(connection: Connection, run_id: str, lane: str, max_credits: int | None, now: datetime) -> None:
    """Registers a run; a run that is known already (a retried task) keeps its spending and takes the given cap."""
    known = connection.execute(select(Run.run_id).where(Run.run_id == run_id)).scalar()
    if known is None:
        connection.execute(insert(Run).values(run_id=run_id, lane=lane, max_credits=max_credits, started_at=now))
    else:
        connection.execute(update(Run).where(Run.run_id == run_id).values(max_credits=max_credits))


def started_at(connection: Connection, run_id: str) -> datetime | None:
    """When a run was first registered; None when it never was."""
    return connection.execute(select(Run.started_at).where(Run.run_id == run_id)).scalar()


def finish_run(connection: Connection, run_id: str, complete: bool, now: datetime) -> None:
    """Notes how a run ended."""
    connection.execute(update(Run).where(Run.run_id == run_id).values(finished_at=now, complete=complete))


def spending_of(connection: Connection, run_id: str) -> tuple[int, int, int]:
    """A run's (requests, settled credits, reserved credits)."""
    row = connection.execute(
        select(Run.requests, Run.settled_credits, Run.reserved_credits).where(Run.run_id == run_id)
    ).one_or_none()
    return (row.requests, row.settled_credits, row.reserved_credits) if row else (0, 0, 0)
