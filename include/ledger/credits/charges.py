"""Charges: a reservation before each request, its settlement after (rules 1 and 2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, or_, update

from include.domain.clock import Clocks, day_of
from include.ledger.credits.permit_request import PermitRequest
from include.ledger.credits.spend_totals import Payer, add_credits
from include.ledger.database.models.base import table_of
from include.ledger.database.models.spending import OPEN_CHARGES, ChargeRow, ChargeState
from include.ledger.database.prepared import Prepared

_CLOSING = ("state", "charged_credits", "charge_source", "settled_at", "outcome", "error_code")
_OPTIONAL = ("disputed_day", "row_limit", "charged_credits", "charge_source", "settled_at", "outcome")
_INSERTED = (
    *("run_id", "lane", "day", "window_id", "sequence", "owner", "requested_at", "reserved_credits", "state"),
    *_OPTIONAL,
)


class _Closed(NamedTuple):
    payer: Payer
    disputed_day: str | None


def reserve(connection: Connection, owner: str, request: PermitRequest, clocks: Clocks, send_at: datetime) -> int:
    """Counts the worst case as spent, on the day that `clocks` give; returns the charge's id.

    It counts in the next billing cycle, too, where that may have begun when the vendor answers: this process may not
    live to see it.
    """
    payer = Payer(request.run_id, request.lane, day_of(clocks.for_billing))
    charge_id = insert_charge(
        connection,
        payer,
        window_id=request.window_id,
        sequence=request.sequence,
        owner=owner,
        requested_at=send_at,
        disputed_day=disputed_day(payer, clocks, request.answered_within),
        reserved_credits=request.worst_credits,
        row_limit=request.row_limit,
        state=ChargeState.RESERVED,
    )
    add_credits(connection, payer, reserved=request.worst_credits, requests=1)
    return charge_id


def disputed_day(payer: Payer, clocks: Clocks, within: timedelta = timedelta(0)) -> str | None:
    """The last day on which the vendor may bill within that time, where it differs from the payer's; else None."""
    latest = _latest_day(clocks, within)
    return latest if latest > payer.day else None


def _latest_day(clocks: Clocks, within: timedelta = timedelta(0)) -> str:
    return day_of((clocks.disputed or clocks.for_billing) + within)


def note_free(connection: Connection, owner: str, outcome: str, now: datetime, send_at: datetime) -> int:
    """Records a request that costs nothing, which the request rate counts; returns the charge's id."""
    return insert_charge(
        connection,
        Payer("", "", day_of(now)),
        window_id="",
        sequence=0,
        owner=owner,
        requested_at=send_at,
        reserved_credits=0,
        state=ChargeState.RELEASED,
        settled_at=now,
        outcome=outcome,
    )


def insert_charge(connection: Connection, payer: Payer, **values: Any) -> int:
    """Inserts a charge and leaves the totals as they are; returns its id."""
    optional = dict.fromkeys(_OPTIONAL)
    return int(_insert_statement().scalar(connection, optional | payer._asdict() | values))


def reschedule(connection: Connection, charge_id: int, send_at: datetime) -> None:
    """Moves a request to a later send slot."""
    connection.execute(update(ChargeRow).where(ChargeRow.id == charge_id).values(requested_at=send_at))


def settle(
    connection: Connection,
    charge_id: int,
    credits: int,
    *,
    source: str,
    now: datetime,
    outcome: str = "page",
    error_code: str | None = None,
    answered: Clocks | None = None,
    rows: int = 0,
) -> bool:
    """Replaces a reservation by what was charged, and adds the rows of its page to the totals.

    False for a charge that is closed already: nothing changes. `answered` are the clocks when the answer arrived: on a
    later day than that of the request, it counts in the billing cycles of both, since the vendor bills when it answers.
    """
    closing = {"state": ChargeState.SETTLED, "charge_source": source, "outcome": outcome, "error_code": error_code}
    closed = _close(connection, charge_id, credits, closing, now, rows)
    if closed is not None and answered is not None:
        day = disputed_day(closed.payer, answered)
        if day != closed.disputed_day:
            connection.execute(update(ChargeRow).where(ChargeRow.id == charge_id).values(disputed_day=day))
    return closed is not None


def release(
    connection: Connection, charge_id: int, *, outcome: str, now: datetime, error_code: str | None = None
) -> None:
    """Closes a reservation that cost nothing."""
    closing = {"state": ChargeState.RELEASED, "outcome": outcome, "error_code": error_code}
    _close(connection, charge_id, 0, closing, now)


def cancel(connection: Connection, charge_id: int, *, now: datetime) -> None:
    """Closes the reservation of a request that was never sent; it is not counted as a request."""
    closed = _close(connection, charge_id, 0, {"state": ChargeState.CANCELLED, "outcome": "not sent"}, now)
    if closed is not None:
        add_credits(connection, closed.payer, requests=-1)


def mark_unknown(connection: Connection, charge_id: int, outcome: str, given_up: Clocks | None = None) -> None:
    """Marks a reservation whose answer will never be seen; it still counts as spent (rule 2).

    `given_up` are the clocks when it was: on a later day than that of the request, it counts in the billing cycles of
    both.
    """
    awaited = (ChargeRow.id == charge_id) & (ChargeRow.state == ChargeState.RESERVED)
    connection.execute(update(ChargeRow).where(awaited).values(state=ChargeState.UNKNOWN, outcome=outcome))
    if given_up is not None:
        latest = _latest_day(given_up)
        late = (ChargeRow.id == charge_id) & (ChargeRow.day < latest)
        connection.execute(update(ChargeRow).where(late).values(disputed_day=latest))


def _close(
    connection: Connection, charge_id: int, credits: int, closing: dict[str, Any], now: datetime, rows: int = 0
) -> _Closed | None:
    """Closes an open charge and returns who pays, and when; None when it was closed before."""
    values = dict.fromkeys(_CLOSING) | closing | {"charged_credits": credits, "settled_at": now}
    charge = _close_statement().first(connection, values | {"of_charge": charge_id})
    if charge is None:
        return None
    payer = Payer(charge.run_id, charge.lane, charge.day)
    add_credits(connection, payer, reserved=-charge.reserved_credits, settled=credits, rows=rows)
    return _Closed(payer, charge.disputed_day)


@cache
def _insert_statement() -> Prepared:
    charges = table_of(ChargeRow)
    return Prepared(insert(charges).values({name: bindparam(name) for name in _INSERTED}).returning(charges.c.id))


@cache
def _close_statement() -> Prepared:
    charge = table_of(ChargeRow).c
    still_open = or_(*(charge.state == state.value for state in OPEN_CHARGES))
    return Prepared(
        update(table_of(ChargeRow))
        .where(charge.id == bindparam("of_charge"), still_open)
        .values({name: bindparam(name) for name in _CLOSING})
        .returning(charge.run_id, charge.lane, charge.day, charge.reserved_credits, charge.disputed_day)
    )
