"""Charges: a reservation before each request, its settlement after (rules 1 and 2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Insert,
    Integer,
    Row,
    Update,
    bindparam,
    func,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from include.domain.clock import Clocks, day_of
from include.kwery.models import Page
from include.ledger.database.models import (
    OPEN_CHARGES,
    AccountReading,
    Charge,
    ChargeState,
    LostPage,
    Run,
    Spend,
    table_of,
)
from include.ledger.database.process_id import is_forsaken

if TYPE_CHECKING:
    from include.ledger.work.windows import Lease
    from include.settings import Prices

PATIENCE = timedelta(minutes=10)
"""An answer that a process on another host still waits for after so long will not be settled any more."""


@dataclass(frozen=True, slots=True)
class PermitRequest:
    """One request about to leave, at its worst-case cost."""

    run_id: str
    lane: str
    window_id: str
    sequence: int
    worst_credits: int
    ceiling_credits: int | None = None
    """What the ledger may have settled and reserved in all, by what the vendor's answers left; None: not told."""
    row_limit: int | None = None
    lease: Lease | None = None
    """The reader's, without which nothing is asked; None: no window is read."""
    prices: Prices | None = None
    """The price table and `limit` by which charges seen before raise the worst case; None: it is taken as given."""


@dataclass(frozen=True, slots=True)
class Reader:
    """In whose name a page is noted whose charge the ledger does not know."""

    run_id: str
    lane: str
    owner: str


def reserve(connection: Connection, owner: str, ask: PermitRequest, clocks: Clocks, departs_at: datetime) -> int:
    """Counts the worst case as spent, on the day that `clocks` say; returns the charge's id."""
    day, disputed = day_of(clocks.for_billing), clocks.disputed
    charge = _row(ask, owner, day, departs_at) | {"disputed_day": day_of(disputed) if disputed else None}
    charge_id = _insert(connection, charge)
    _count(connection, ask.run_id, ask.lane, day, reserved=ask.worst_credits, requests=1)
    return charge_id


def note_free(connection: Connection, owner: str, outcome: str, now: datetime, departs_at: datetime) -> int:
    """Notes a request that costs nothing, for its departure alone; returns the charge's id."""
    values = _row(PermitRequest("", "", "", 0, 0), owner, day_of(now), departs_at)
    return _insert(connection, values | {"state": ChargeState.RELEASED, "settled_at": now, "outcome": outcome})


def reschedule(connection: Connection, charge_id: int, departs_at: datetime) -> None:
    """Notes that a request departs later than it was to."""
    connection.execute(update(Charge).where(Charge.id == charge_id).values(requested_at=departs_at))


def settle(
    connection: Connection,
    charge_id: int,
    credits: int,
    *,
    source: str,
    now: datetime,
    outcome: str = "page",
    error_code: str | None = None,
) -> None:
    """Replaces a reservation by what was charged. A charge that is closed already does not change."""
    _close(connection, charge_id, ChargeState.SETTLED, credits, source, outcome, error_code, now)


def note_lost_page(connection: Connection, charge_id: int, lost: LostPage, path: str | None = None) -> None:
    """Notes that the page which the charge paid for is lost; `path` is where it was landed, if it was."""
    values = {"lost_page": lost, "lost_path": path}
    connection.execute(update(Charge).where(Charge.id == charge_id).values(values))


def is_for(connection: Connection, charge_id: int, window_id: str, sequence: int) -> bool:
    """True when the charge was reserved for that page of that window."""
    of_page = (Charge.window_id == window_id) & (Charge.sequence == sequence)
    return connection.execute(select(Charge.id).where(Charge.id == charge_id, of_page)).scalar() is not None


def own_charge(
    connection: Connection, charge_id: int, reader: Reader, window_id: str, sequence: int, page: Page
) -> int:
    """`charge_id` where it is this ledger's charge for the page, else the id of a new one, settled as the page says.

    A ledger that was put back from a copy gives ids out again, so the number alone proves nothing.
    """
    if is_for(connection, charge_id, window_id, sequence):
        return charge_id
    return adopt(connection, reader, window_id, sequence, page)


def adopt(connection: Connection, reader: Reader, window_id: str, sequence: int, page: Page) -> int:
    """Notes what a landed page cost, at the day and time of its answer; returns the charge's id.

    What the account was found to have used since then includes it.
    """
    day, credits, at = day_of(page.clocks.for_billing), page.charge_credits, page.received_at
    ask = PermitRequest(reader.run_id, reader.lane, window_id, sequence, credits, row_limit=page.request.limit)
    charge_id = _insert(
        connection,
        _row(ask, reader.owner, day, at)
        | {
            "state": ChargeState.SETTLED,
            "charged_credits": credits,
            "charge_source": page.charge_source.value,
            "settled_at": at,
            "outcome": "page",
        },
    )
    _count(connection, reader.run_id, reader.lane, day, settled=credits, requests=1)
    later = update(AccountReading).where(AccountReading.read_at >= at)
    connection.execute(later.values(ledger_settled_credits=AccountReading.ledger_settled_credits + credits))
    return charge_id


def count_rows(connection: Connection, charge_id: int, rows: int) -> None:
    """Adds a committed page's rows to its day and lane, also when the charge was explained by the account before."""
    connection.execute(_statements().count_rows, {"of_charge": charge_id, "more": rows})


def release(
    connection: Connection, charge_id: int, *, outcome: str, now: datetime, error_code: str | None = None
) -> None:
    """Closes a reservation that cost nothing."""
    _close(connection, charge_id, ChargeState.RELEASED, 0, None, outcome, error_code, now)


def cancel(connection: Connection, charge_id: int, *, now: datetime) -> None:
    """Closes the reservation of a request that was never sent; it is not counted as a request."""
    charge = _close(connection, charge_id, ChargeState.CANCELLED, 0, None, "not sent", None, now)
    if charge is not None:
        _count(connection, charge.run_id, charge.lane, charge.day, requests=-1)


def lost(connection: Connection, now: datetime, served_for: timedelta) -> list[Charge]:
    """Reservations whose process is gone, or whose answer was given up: nobody will settle them any more.

    For `served_for` after its departure the vendor may still be at work on a request, and charge it later.
    """
    return [
        charge
        for charge in reserved(connection)
        if charge.requested_at + served_for <= now
        and (charge.state == ChargeState.UNKNOWN or is_forsaken(charge.owner, charge.requested_at, now, PATIENCE))
    ]


def reserved(connection: Connection) -> list[Charge]:
    """All open reservations, oldest first."""
    from sqlalchemy.orm import Session

    with Session(bind=connection) as session:
        statement = select(Charge).where(Charge.state.in_(OPEN_CHARGES)).order_by(Charge.id)
        charges = list(session.scalars(statement))
        session.expunge_all()
        return charges


def raise_reservations(connection: Connection, worst_credits: Callable[[int], int]) -> None:
    """Lifts open reservations to `worst_credits(limit)`: their answers may cost as much as one that was just seen."""
    for charge in reserved(connection):
        more = worst_credits(charge.row_limit) - charge.reserved_credits if charge.row_limit else 0
        if more > 0:
            raised = update(Charge).where(Charge.id == charge.id)
            connection.execute(raised.values(reserved_credits=Charge.reserved_credits + more))
            _count(connection, charge.run_id, charge.lane, charge.day, reserved=more)


def mark_unknown(connection: Connection, charge_id: int, outcome: str) -> None:
    """Marks a reservation whose answer will never be seen; it still counts as spent (rule 2)."""
    awaited = (Charge.id == charge_id) & (Charge.state == ChargeState.RESERVED)
    connection.execute(update(Charge).where(awaited).values(state=ChargeState.UNKNOWN, outcome=outcome))


def in_flight(connection: Connection, now: datetime) -> bool:
    """True while a living process still waits for an answer, which may cost less than was reserved for it."""
    statement = select(Charge.owner, func.max(Charge.requested_at).label("since")).group_by(Charge.owner)
    awaited = statement.where(Charge.state == ChargeState.RESERVED)
    return any(not is_forsaken(row.owner, row.since, now, PATIENCE) for row in connection.execute(awaited))


def _insert(connection: Connection, values: dict[str, Any]) -> int:
    key = connection.execute(_statements().reserve, values).inserted_primary_key
    assert key is not None
    return int(key[0])


def _row(ask: PermitRequest, owner: str, day: str, departs_at: datetime) -> dict[str, Any]:
    return {
        "run_id": ask.run_id,
        "lane": ask.lane,
        "day": day,
        "window_id": ask.window_id,
        "sequence": ask.sequence,
        "owner": owner,
        "requested_at": departs_at,
        "disputed_day": None,
        "reserved_credits": ask.worst_credits,
        "row_limit": ask.row_limit,
        "state": ChargeState.RESERVED,
    }


def _close(
    connection: Connection,
    charge_id: int,
    state: ChargeState,
    credits: int,
    source: str | None,
    outcome: str,
    error_code: str | None,
    now: datetime,
) -> Row[Any] | None:
    """Closes an open charge and returns it as it was; None when it was closed before."""
    values = {
        "of_charge": charge_id,
        "state": state,
        "charged_credits": credits,
        "charge_source": source,
        "settled_at": now,
        "outcome": outcome,
        "error_code": error_code,
    }
    charge = connection.execute(_statements().close, values).one_or_none()
    if charge is not None:
        _count(
            connection,
            charge.run_id,
            charge.lane,
            charge.day,
            reserved=-charge.reserved_credits,
            settled=credits,
        )
    return charge


def _count(
    connection: Connection,
    run_id: str,
    lane: str,
    day: str,
    *,
    reserved: int = 0,
    settled: int = 0,
    requests: int = 0,
) -> None:
    added = {"reserved": reserved, "settled": settled, "requests_made": requests}
    changed = connection.execute(_statements().count, added | {"of_day": day, "of_lane": lane})
    if changed.rowcount == 0:
        connection.execute(
            insert(Spend).values(
                day=day,
                lane=lane,
                reserved_credits=reserved,
                settled_credits=settled,
                requests=requests,
                rows=0,
            )
        )
    connection.execute(_statements().count_run, added | {"of_run": run_id})


_CLOSING = ("state", "charged_credits", "charge_source", "settled_at", "outcome", "error_code")


@dataclass(frozen=True, slots=True)
class _Statements:
    reserve: Insert
    close: ReturningUpdate[Any]
    count: Update
    count_run: Update
    count_rows: Update


@lru_cache(maxsize=1)
def _statements() -> _Statements:
    """What every request runs, built once: building costs more than running."""
    charge, spend, run = Charge.__table__.c, Spend.__table__.c, Run.__table__.c
    reserved: BindParameter[int] = bindparam("reserved")
    settled: BindParameter[int] = bindparam("settled")
    requests: BindParameter[int] = bindparam("requests_made")
    return _Statements(
        reserve=insert(table_of(Charge)),
        close=update(table_of(Charge))
        .where(charge.id == bindparam("of_charge"), charge.state.in_([state.value for state in OPEN_CHARGES]))
        .values({name: bindparam(name) for name in _CLOSING})
        .returning(charge.run_id, charge.lane, charge.day, charge.reserved_credits),
        count=update(table_of(Spend))
        .where(spend.day == bindparam("of_day"), spend.lane == bindparam("of_lane"))
        .values(
            reserved_credits=spend.reserved_credits + reserved,
            settled_credits=spend.settled_credits + settled,
            requests=spend.requests + requests,
        ),
        count_run=update(table_of(Run))
        .where(run.run_id == bindparam("of_run"))
        .values(
            reserved_credits=run.reserved_credits + reserved,
            settled_credits=run.settled_credits + settled,
            requests=run.requests + requests,
        ),
        count_rows=update(table_of(Spend))
        .where(
            tuple_(spend.day, spend.lane)
            == select(charge.day, charge.lane).where(charge.id == bindparam("of_charge")).scalar_subquery()
        )
        .values(rows=spend.rows + bindparam("more", type_=Integer)),
    )
