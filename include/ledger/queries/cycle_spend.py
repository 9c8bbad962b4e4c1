"""What a billing cycle was spent on, by day, lane and symbol, for people."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from include.domain.clock import day_of
from include.ledger.credits.page_charges import IS_ITS_PAGE
from include.ledger.database.models.spending import OPEN_CHARGES, ChargeRow, ChargeState, SpendRow
from include.ledger.database.models.work import PageRow, WindowRow
from include.planning.credits.billing_cycle import Cycle


@dataclass(frozen=True, slots=True)
class SymbolSpend:
    """One symbol in one lane. `credits` are settled and reserved, `reserved` those of answers not seen."""

    symbol: str
    lane: str
    credits: int
    reserved: int
    requests: int
    rows: int


def credits_by_day(connection: Connection, cycle: Cycle) -> dict[str, dict[str, int]]:
    """Credits settled and reserved by day (`2026-03-07`) and lane, without days of no spending."""
    both = SpendRow.settled_credits + SpendRow.reserved_credits
    statement = select(SpendRow.day, SpendRow.lane, both).where(
        SpendRow.day >= day_of(cycle.start), SpendRow.day < day_of(cycle.end)
    )
    days: dict[str, dict[str, int]] = defaultdict(dict)
    for day, lane, credits in connection.execute(statement):
        days[day][lane] = int(credits)
    return dict(days)


def reserved_by_lane(connection: Connection, cycle: Cycle) -> dict[str, int]:
    """Credits reserved for answers that are awaited or were never seen."""
    statement = (
        select(SpendRow.lane, func.sum(SpendRow.reserved_credits))
        .where(SpendRow.day >= day_of(cycle.start), SpendRow.day < day_of(cycle.end))
        .group_by(SpendRow.lane)
    )
    return {lane: int(credits) for lane, credits in connection.execute(statement)}


def spend_by_symbol(connection: Connection, cycle: Cycle) -> list[SymbolSpend]:
    """Sums of the cycle's charges, the largest first."""
    credits = func.sum(func.coalesce(ChargeRow.charged_credits, ChargeRow.reserved_credits)).label("credits")
    reserved = func.sum(case((ChargeRow.state.in_(OPEN_CHARGES), ChargeRow.reserved_credits), else_=0))
    statement = (
        select(
            WindowRow.symbol,
            ChargeRow.lane,
            credits,
            reserved.label("reserved"),
            func.count().label("requests"),
            func.sum(PageRow.rows).label("rows"),
        )
        .select_from(ChargeRow)
        .join(WindowRow, WindowRow.window_id == ChargeRow.window_id)
        .outerjoin(PageRow, IS_ITS_PAGE)
        .where(ChargeRow.day >= day_of(cycle.start), ChargeRow.day < day_of(cycle.end))
        .where(ChargeRow.state != ChargeState.CANCELLED)
        .group_by(WindowRow.symbol, ChargeRow.lane)
        .order_by(credits.desc(), WindowRow.symbol)
    )
    return [
        SymbolSpend(row.symbol, row.lane, int(row.credits), int(row.reserved), int(row.requests), int(row.rows or 0))
        for row in connection.execute(statement)
    ]
