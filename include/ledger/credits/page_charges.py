"""The charges of pages: whether a charge is a page's, charges that the ledger lacks, pages that are lost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, bindparam, select, update

from include.domain.clock import day_of
from include.kwery.models import Page
from include.ledger.credits.charges import disputed_day, insert_charge
from include.ledger.credits.spend_totals import Payer, add_credits
from include.ledger.database.models.spending import ChargeRow, ChargeState, LostPage, ReadingRow
from include.ledger.database.models.work import PageRow
from include.ledger.database.prepared import Prepared

IS_ITS_PAGE = (
    (PageRow.window_id == ChargeRow.window_id)
    & (PageRow.sequence == ChargeRow.sequence)
    & (PageRow.charge_id == ChargeRow.id)
)
"""Joins a charge to the page that it paid for."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The run, lane and process in whose name the charge of a landed page is recorded where the ledger lacks it."""

    run_id: str
    lane: str
    owner: str


def is_for(connection: Connection, charge_id: int, window_id: str, sequence: int) -> bool:
    """True when the charge was reserved for that page of that window."""
    of_page = {"charge_id": charge_id, "window_id": window_id, "sequence": sequence}
    return _of_page_statement().first(connection, of_page) is not None


def own_charge(
    connection: Connection, charge_id: int, reader: Reader, window_id: str, sequence: int, page: Page
) -> int:
    """`charge_id` where this ledger reserved it for the page, else the id of a new charge, settled as the page says.

    A ledger that was restored from a copy assigns ids again, so an equal id alone proves nothing.
    """
    if is_for(connection, charge_id, window_id, sequence):
        return charge_id
    return adopt(connection, reader, window_id, sequence, page)


def adopt(connection: Connection, reader: Reader, window_id: str, sequence: int, page: Page) -> int:
    """Records what a landed page cost, at the day and time of its answer; returns the charge's id.

    Readings of the account since then already include it.
    """
    credits, at = page.charge_credits, page.received_at
    payer = Payer(reader.run_id, reader.lane, day_of(page.clocks.for_billing))
    charge_id = insert_charge(
        connection,
        payer,
        window_id=window_id,
        sequence=sequence,
        owner=reader.owner,
        requested_at=at,
        reserved_credits=credits,
        disputed_day=disputed_day(payer, page.clocks),
        row_limit=page.request.limit,
        state=ChargeState.SETTLED,
        charged_credits=credits,
        charge_source=page.charge_source.value,
        settled_at=at,
        outcome="page",
    )
    add_credits(connection, payer, settled=credits, requests=1)
    later = update(ReadingRow).where(ReadingRow.read_at >= at)
    connection.execute(later.values(ledger_settled_credits=ReadingRow.ledger_settled_credits + credits))
    return charge_id


def note_lost_page(connection: Connection, charge_id: int, lost: LostPage, path: str | None = None) -> None:
    """Records that the page which the charge paid for is lost; `path` is where it was landed, if it was."""
    values = {"lost_page": lost, "lost_path": path}
    connection.execute(update(ChargeRow).where(ChargeRow.id == charge_id).values(values))


@cache
def _of_page_statement() -> Prepared:
    of_page = (ChargeRow.window_id == bindparam("window_id")) & (ChargeRow.sequence == bindparam("sequence"))
    return Prepared(select(ChargeRow.id).where(ChargeRow.id == bindparam("charge_id"), of_page))
