"""Charges summed by day, lane and stream."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, case, func, literal_column, select

from include.ledger.credits.page_charges import IS_ITS_PAGE
from include.ledger.database.models.spending import OPEN_CHARGES, ChargeRow, ChargeState
from include.ledger.database.models.work import PageRow, WindowRow


@dataclass(frozen=True, slots=True)
class DaySpend:
    """One day (UTC, of the request), lane and stream; reserved credits count as spent.

    `source` is `all` where every source was requested at once.
    """

    day: date
    lane: str
    symbol: str
    source: str
    interval: str
    settled_credits: int
    reserved_credits: int
    requests: int
    rows: int


def spend_by_day(connection: Connection) -> list[DaySpend]:
    """All charges, oldest day first."""
    reserved = case((ChargeRow.state.in_(OPEN_CHARGES), ChargeRow.reserved_credits), else_=0)
    # A cancelled request counts 0 and is not left out: the warehouse may hold it from when it was reserved.
    sent = func.sum(case((ChargeRow.state == ChargeState.CANCELLED, 0), else_=1))
    source = func.coalesce(WindowRow.source, literal_column("'all'")).label("source")
    key = (ChargeRow.day, ChargeRow.lane, WindowRow.symbol, source, WindowRow.interval)
    statement = (
        select(
            ChargeRow.day,
            ChargeRow.lane,
            WindowRow.symbol,
            source,
            WindowRow.interval,
            func.sum(func.coalesce(ChargeRow.charged_credits, 0)).label("settled"),
            func.sum(reserved).label("reserved"),
            sent.label("requests"),
            func.coalesce(func.sum(PageRow.rows), 0).label("rows"),
        )
        .join(WindowRow, WindowRow.window_id == ChargeRow.window_id)
        .outerjoin(PageRow, IS_ITS_PAGE)
        .group_by(*key)
        .order_by(*key)
    )
    return [
        DaySpend(
            date.fromisoformat(row.day), row.lane, row.symbol, row.source, str(row.interval), int(row.settled),
            int(row.reserved), int(row.requests), int(row.rows),
        )
        for row in connection.execute(statement)
    ]  # fmt: skip
