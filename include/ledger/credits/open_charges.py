"""Reservations that are not closed: which answers are awaited, which are lost, what they may cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from include.ledger.credits.spend_totals import Payer, add_credits
from include.ledger.database.models.spending import OPEN_CHARGES, ChargeRow, ChargeState
from include.ledger.database.process_id import is_dead, is_forsaken, place_of, this_process

PATIENCE = timedelta(minutes=10)
"""After this time, an answer to a process on another host is lost."""
_LATER = 1000
"""Among how many later requests one of this machine is looked for."""


def open_charges(connection: Connection) -> list[ChargeRow]:
    """All open reservations, oldest first."""
    from sqlalchemy.orm import Session

    with Session(bind=connection) as session:
        statement = select(ChargeRow).where(ChargeRow.state.in_(OPEN_CHARGES)).order_by(ChargeRow.id)
        charges = list(session.scalars(statement))
        session.expunge_all()
        return charges


def lost_charges(connection: Connection, now: datetime, served_for: timedelta) -> list[ChargeRow]:
    """Open reservations whose answer will not be seen: it was given up, or its process is gone.

    `served_for` after it was sent, the vendor no longer works on a request and cannot charge it later.
    """
    return lost_of(connection, open_charges(connection), now, served_for)


def lost_of(
    connection: Connection, charges: Iterable[ChargeRow], now: datetime, served_for: timedelta
) -> list[ChargeRow]:
    """Those of the open reservations that `lost_charges` means."""
    return [charge for charge in charges if _is_lost(connection, charge, now, served_for)]


def _is_lost(connection: Connection, charge: ChargeRow, now: datetime, served_for: timedelta) -> bool:
    sent_by = charge.requested_at if charge.requested_at <= now else _sent_by(connection, charge.id, now)
    if sent_by is None or sent_by + served_for > now:
        return False
    return charge.state == ChargeState.UNKNOWN or is_forsaken(charge.owner, sent_by, now, PATIENCE)


def _sent_by(connection: Connection, charge_id: int, now: datetime) -> datetime | None:
    """When a request had been made whose own date, by a clock that ran ahead, has not come yet.

    The next requests of this machine were made after it, and are dated by the clock that `now` comes from.
    """
    later = select(ChargeRow.owner, ChargeRow.requested_at).where(ChargeRow.id > charge_id)
    made = connection.execute(later.where(ChargeRow.requested_at <= now).order_by(ChargeRow.id).limit(_LATER))
    here = place_of(this_process())
    return next((row.requested_at for row in made if place_of(row.owner) == here), None)


def in_flight(connection: Connection, now: datetime) -> bool:
    """True while a process waits for an answer, which may cost less than was reserved for it.

    A living process that has waited for longer than PATIENCE may be frozen, and for longer than anyone should wait;
    how long one has waited whose clock is ahead by more is not known.
    """
    statement = select(ChargeRow.owner, func.max(ChargeRow.requested_at).label("since")).group_by(ChargeRow.owner)
    awaited = statement.where(ChargeRow.state == ChargeState.RESERVED)
    return any(abs(now - row.since) <= PATIENCE and not is_dead(row.owner) for row in connection.execute(awaited))


def raise_reservations(connection: Connection, worst_credits: Callable[[int], int]) -> None:
    """Raises open reservations to `worst_credits(limit)`, after an answer cost more than was reserved for it."""
    for charge in open_charges(connection):
        more = worst_credits(charge.row_limit) - charge.reserved_credits if charge.row_limit else 0
        if more > 0:
            raised = update(ChargeRow).where(ChargeRow.id == charge.id)
            connection.execute(raised.values(reserved_credits=ChargeRow.reserved_credits + more))
            add_credits(connection, Payer(charge.run_id, charge.lane, charge.day), reserved=more)
