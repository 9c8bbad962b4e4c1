"""Charges summed by day, lane and symbol."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, case, func, select

from include.ledger.credits.page_charges import IS_ITS_PAGE
from include.ledger.database.models.spending import OPEN_CHARGES, ChargeRow, ChargeState
from include.ledger.database.models.work import PageRow, WindowRow


@dataclass(frozen=True, slots=True)
class DaySpend:
    """One day (UTC, of the request), lane and symbol; reserved credits count as spent."""

    day: date
    lane: str
    symbol: str
    settled_credits: int
    reserved_credits: int
    requests: int
    rows: int


def spend_by_day(connection: Connection) -> list[DaySpend]:
    """All charges, oldest day first."""
    reserved = case((ChargeRow.state.in_(OPEN_CHARGES), ChargeRow.reserved_credits), else_=0)
    # A cancelled request counts 0 and is not left out: the warehouse may hold it from when it was reserved.
    sent = func.sum(case((ChargeRow.state == ChargeState.CANCELLED, 0), else_=1))
    statement = (
        select(
            ChargeRow.day,
            ChargeRow.lane,
            WindowRow.symbol,
            func.sum(func.coalesce(ChargeRow.charged_credits, 0)).label("settled"),
            func.sum(reserved).label("reserved"),
            sent.label("requests"),
            func.coalesce(func.sum(PageRow.rows), 0).label("rows"),
        )
        .join(WindowRow, WindowRow.window_id == ChargeRow.window_id)
        .outerjoin(PageRow, IS_ITS_PAGE)
        .group_by(ChargeRow.day, ChargeRow.lane, WindowRow.symbol)
        .order_by(ChargeRow.day, ChargeRow.lane, WindowRow.symbol)
    )
    return [
        DaySpend(
            date.fromisoformat(row.day), row.lane, row.symbol, int(row.settled), int(row.reserved),
            int(row.requests), int(row.rows),
        )
        for row in connection.execute(statement)
    ]  # fmt: skip
