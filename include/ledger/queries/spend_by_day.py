"""What was spent by day, lane and symbol: the charges, summed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, case, func, select

from include.ledger.database.models import OPEN_CHARGES, Charge, ChargeState, LandedPage, Window


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
        (LandedPage.window_id == Charge.window_id)
        & (LandedPage.sequence == Charge.sequence)
        & (LandedPage.charge_id == Charge.id)
    )
    reserved = case((Charge.state.in_(OPEN_CHARGES), Charge.reserved_credits), else_=0)
    # Counted as none rather than left out: the warehouse may have been told of them while they were reserved.
    sent = func.sum(case((Charge.state == ChargeState.CANCELLED, 0), else_=1))
    statement = (
        select(
            Charge.day,
            Charge.lane,
            Window.symbol,
            func.sum(func.coalesce(Charge.charged_credits, 0)).label("settled"),
            func.sum(reserved).label("reserved"),
            sent.label("requests"),
            func.coalesce(func.sum(LandedPage.rows), 0).label("rows"),
        )
        .join(Window, Window.window_id == Charge.window_id)
        .outerjoin(LandedPage, its_page)
        .group_by(Charge.day, Charge.lane, Window.symbol)
        .order_by(Charge.day, Charge.lane, Window.symbol)
    )
    return [
        DaySpend(
            date.fromisoformat(row.day), row.lane, row.symbol, int(row.settled), int(row.reserved),
            int(row.requests), int(row.rows),
        )
        for row in connection.execute(statement)
    ]  # fmt: skip
