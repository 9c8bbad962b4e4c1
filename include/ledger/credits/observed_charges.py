"""What answers were seen to cost beyond the price table: kept in the ledger, so that every process reserves enough."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, insert, select, update

from include.ledger.credits import charges
from include.ledger.database.models import ChargeObservation, table_of
from include.planning.credits.worst_case import ObservedCharge, WorstCase

if TYPE_CHECKING:
    from include.settings import Prices

REMEMBERED = timedelta(days=30)
"""An excess that was not seen again for this long is forgotten: the vendor has corrected it."""


def worst_case_of(connection: Connection, prices: Prices, now: datetime) -> WorstCase:
    """The worst case by what was observed under this price table; a corrected table begins with no observation."""
    table = ChargeObservation.__table__.c
    statement = select(table.row_limit, table.rows, table.charged_credits).where(
        *_under(prices), table.observed_at > now - REMEMBERED
    )
    return WorstCase(prices, tuple(ObservedCharge(*row) for row in connection.execute(statement)))


def observe(
    connection: Connection, charge_id: int, one: ObservedCharge, prices: Prices, now: datetime
) -> WorstCase | None:
    """Takes an answer's charge into the worst case of all later requests, and of those that are still open.

    Returns the worst case that it exceeded, else None.
    """
    before = worst_case_of(connection, prices, now)
    learned = before.learn(one)
    exceeded = before if before.is_exceeded_by(one) else None
    if not before.is_by_the_table(one):
        connection.execute(update(ChargeObservation).where(*_under(prices)).values(observed_at=now))
    if learned is not None:
        values = {
            "charge_id": charge_id,
            "observed_at": now,
            "row_limit": one.row_limit,
            "rows": one.rows,
            "charged_credits": one.charged_credits,
            "base_credits": prices.base_credits,
            "per_row_credits": prices.per_row_credits,
        }
        connection.execute(insert(table_of(ChargeObservation)).values(values))
        charges.raise_reservations(connection, learned.credits)
    return exceeded


def _under(prices: Prices) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    table = ChargeObservation.__table__.c
    return table.base_credits == prices.base_credits, table.per_row_credits == prices.per_row_credits
