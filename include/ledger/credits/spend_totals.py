"""Running totals of credits, by day and lane and by run, so that a budget check reads a few rows and no history."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from sqlalchemy import (
    BindParameter,
    Connection,
    Integer,
    bindparam,
    func,
    insert,
    select,
    tuple_,
    update,
)

from include.ledger.database.models.base import table_of
from include.ledger.database.models.spending import ChargeRow, RunRow, SpendRow
from include.ledger.database.prepared import Prepared


class Payer(NamedTuple):
    """Which totals a charge counts in: its run's, and those of its lane on its day (UTC)."""

    run_id: str
    lane: str
    day: str


def totals(connection: Connection) -> tuple[int, int]:
    """(settled, reserved) credits of all days and lanes."""
    settled, reserved = _statements().totals.first(connection, {})
    return int(settled or 0), int(reserved or 0)


def settled_from(connection: Connection, first_day: str) -> int:
    """Credits settled for requests of `first_day` (UTC) and later."""
    settled = select(func.coalesce(func.sum(SpendRow.settled_credits), 0)).where(SpendRow.day >= first_day)
    return int(connection.execute(settled).scalar_one())


def add_credits(
    connection: Connection, payer: Payer, *, reserved: int = 0, settled: int = 0, requests: int = 0, rows: int = 0
) -> None:
    """Adds to the totals of the payer's day, lane and run, which counts no rows; negative numbers subtract."""
    added = {"reserved": reserved, "settled": settled, "requests_made": requests}
    of_day = {"of_day": payer.day, "of_lane": payer.lane, "more": rows}
    changed = _statements().add.change(connection, added | of_day)
    if changed == 0:
        first = {"reserved_credits": reserved, "settled_credits": settled, "requests": requests, "rows": rows}
        connection.execute(insert(SpendRow).values(day=payer.day, lane=payer.lane, **first))
    _statements().add_to_run.change(connection, added | {"of_run": payer.run_id})


def add_rows(connection: Connection, charge_id: int, rows: int) -> None:
    """Adds a committed page's rows to its day and lane, whether its charge is open or closed."""
    _statements().add_rows.change(connection, {"of_charge": charge_id, "more": rows})


@dataclass(frozen=True, slots=True)
class _Statements:
    totals: Prepared
    add: Prepared
    add_to_run: Prepared
    add_rows: Prepared


@cache
def _statements() -> _Statements:
    """The statements of every request."""
    charge, spend, run = ChargeRow.__table__.c, SpendRow.__table__.c, RunRow.__table__.c
    reserved: BindParameter[int] = bindparam("reserved")
    settled: BindParameter[int] = bindparam("settled")
    requests: BindParameter[int] = bindparam("requests_made")
    rows = bindparam("more", type_=Integer)
    payer = select(charge.day, charge.lane).where(charge.id == bindparam("of_charge")).scalar_subquery()
    return _Statements(
        totals=Prepared(select(func.sum(spend.settled_credits), func.sum(spend.reserved_credits))),
        add=Prepared(
            update(table_of(SpendRow))
            .where(spend.day == bindparam("of_day"), spend.lane == bindparam("of_lane"))
            .values(
                reserved_credits=spend.reserved_credits + reserved,
                settled_credits=spend.settled_credits + settled,
                requests=spend.requests + requests,
                rows=spend.rows + rows,
            )
        ),
        add_to_run=Prepared(
            update(table_of(RunRow))
            .where(run.run_id == bindparam("of_run"))
            .values(
                reserved_credits=run.reserved_credits + reserved,
                settled_credits=run.settled_credits + settled,
                requests=run.requests + requests,
            )
        ),
        add_rows=Prepared(
            update(table_of(SpendRow)).where(tuple_(spend.day, spend.lane) == payer).values(rows=spend.rows + rows)
        ),
    )
