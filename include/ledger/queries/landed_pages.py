"""Landed pages, each with the request that paid for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from include.ledger.credits.page_charges import IS_ITS_PAGE
from include.ledger.database.models.spending import ChargeRow
from include.ledger.database.models.work import PageRow, WindowRow


@dataclass(frozen=True, slots=True)
class PaidPage:
    """A landed page; `source` is `all` where every source was requested at once.

    `requested_at` and `charged_credits` are None where the ledger has no charge of it, or none that is settled.
    """

    number: int
    path: str
    sha256: str
    rows: int
    known_at: datetime
    received_at: datetime
    window_id: str
    symbol: str
    source: str
    interval: str
    start: datetime
    end: datetime
    run_id: str
    lane: str
    request_id: int
    requested_at: datetime | None
    charged_credits: int | None


def pages_before(connection: Connection, number: int) -> int:
    """How many pages have a lower number."""
    return connection.scalar(select(func.count()).select_from(PageRow).where(PageRow.id < number)) or 0


def pages_from(connection: Connection, number: int) -> list[PaidPage]:
    """The pages with this number or a higher one, by number."""
    statement = (
        select(
            PageRow.id.label("number"),
            PageRow.path,
            PageRow.sha256,
            PageRow.rows,
            func.coalesce(PageRow.known_at, PageRow.received_at).label("known_at"),
            PageRow.received_at,
            WindowRow.window_id,
            WindowRow.symbol,
            func.coalesce(WindowRow.source, "all").label("source"),
            WindowRow.interval,
            WindowRow.start,
            WindowRow.end,
            WindowRow.run_id,
            WindowRow.lane,
            PageRow.charge_id.label("request_id"),
            ChargeRow.requested_at,
            ChargeRow.charged_credits,
        )
        .join(WindowRow, WindowRow.window_id == PageRow.window_id)
        .outerjoin(ChargeRow, IS_ITS_PAGE)
        .where(PageRow.id >= number)
        .order_by(PageRow.id)
    )
    return [PaidPage(**row._mapping) for row in connection.execute(statement)]
