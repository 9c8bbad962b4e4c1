"""What was spent by day, lane and symbol: the charges, summed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, case, func, select

from include.ledger.database.models.spending import OPEN_CHARGES, ChargeRow, ChargeState
from include.ledger.database.models.work import PageRow, WindowRow


@dataclass(frozen=True, slots=True)
class DaySpend:
    """One day (UTC, of the request), lane and symbol. Reserved credits count as spent until they are explained."""

    day: date
    lane: str
    symbol: str
    settled_credits: int
    reserved_credits: int
    requests: int
    rows: int


def spend_by_day(connection: Connection) -> list[DaySpend]:
    """All charges ever made, oldest day first."""
    its_page = (
        (PageRow.window_id == ChargeRow.window_id)
        & (PageRow.sequence == ChargeRow.sequence)
        & (PageRow.charge_id == ChargeRow.id)
    )
    reserved = case((ChargeRow.state.in_(OPEN_CHARGES), ChargeRow.reserved_credits), else_=0)
    # Counted as none rather than left out: the warehouse may have been told of them while they were reserved.
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
        .outerjoin(PageRow, its_page)
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
