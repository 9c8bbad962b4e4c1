"""Charges beyond the price table, kept in the ledger so that every process reserves enough from then on."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select, update

from include.ledger.credits.open_charges import raise_reservations
from include.ledger.database.models.base import table_of
from include.ledger.database.models.spending import ObservationRow
from include.ledger.database.prepared import Prepared
from include.planning.credits.worst_case import ObservedCharge, WorstCase

if TYPE_CHECKING:
    from include.settings.prices import Prices

REMEMBERED = timedelta(days=30)
"""An excess that was last seen longer ago is forgotten; the vendor has corrected it."""


def worst_case_of(connection: Connection, prices: Prices, now: datetime) -> WorstCase:
    """The worst case by what was observed under this price table. A changed table starts without observations."""
    of_table = {"base": prices.base_credits, "per_row": prices.per_row_credits}
    found = _observed_statement().rows(connection, of_table | {"since": now - REMEMBERED})
    return WorstCase(prices, tuple(ObservedCharge(*row) for row in found))


def observe(
    connection: Connection, charge_id: int, one: ObservedCharge, prices: Prices, now: datetime
) -> WorstCase | None:
    """Learns from an answer's charge: later requests reserve as much, and open reservations are raised.

    Returns the worst case that the charge exceeded, else None.
    """
    before = worst_case_of(connection, prices, now)
    learned = before.learn(one)
    exceeded = before if before.is_exceeded_by(one) else None
    if not before.is_by_the_table(one):
        older = ObservationRow.__table__.c.observed_at < now
        connection.execute(update(ObservationRow).where(*_under(prices), older).values(observed_at=now))
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
        connection.execute(insert(table_of(ObservationRow)).values(values))
        raise_reservations(connection, learned.credits)
    return exceeded


def _under(prices: Prices) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    table = ObservationRow.__table__.c
    return table.base_credits == prices.base_credits, table.per_row_credits == prices.per_row_credits


@cache
def _observed_statement() -> Prepared:
    of_table = ObservationRow.base_credits == bindparam("base"), ObservationRow.per_row_credits == bindparam("per_row")
    columns = select(ObservationRow.row_limit, ObservationRow.rows, ObservationRow.charged_credits)
    return Prepared(columns.where(*of_table, ObservationRow.observed_at > bindparam("since")))
