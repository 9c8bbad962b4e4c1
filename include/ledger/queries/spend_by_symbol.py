"""What a billing cycle was spent on, and when: for people, not for the budget check."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Connection, case, func, select

from include.domain.clock import day_of
from include.ledger.database.models.spending import OPEN_CHARGES, ChargeRow, ChargeState, ReadingRow, SpendRow
from include.ledger.database.models.work import PageRow, WindowRow
from include.ledger.database.types import UtcInstant
from include.planning.credits.billing_cycle import Cycle


@dataclass(frozen=True, slots=True)
class SymbolSpending:
    """One symbol in one lane; `credits` are settled and reserved together, `reserved` are those of unseen answers."""

    symbol: str
    lane: str
    credits: int
    reserved: int
    requests: int
    rows: int


def spent_by_day(connection: Connection, cycle: Cycle) -> dict[str, dict[str, int]]:
    """Credits settled and reserved, by day (`2026-03-07`) and lane; days without spending are left out."""
    both = SpendRow.settled_credits + SpendRow.reserved_credits
    statement = select(SpendRow.day, SpendRow.lane, both).where(
        SpendRow.day >= day_of(cycle.start), SpendRow.day < day_of(cycle.end)
    )
    days: dict[str, dict[str, int]] = defaultdict(dict)
    for day, lane, credits in connection.execute(statement):
        days[day][lane] = int(credits)
    return dict(days)


def reserved_by_lane(connection: Connection, cycle: Cycle) -> dict[str, int]:
    """Credits of answers that are under way or were never seen."""
    statement = (
        select(SpendRow.lane, func.sum(SpendRow.reserved_credits))
        .where(SpendRow.day >= day_of(cycle.start), SpendRow.day < day_of(cycle.end))
        .group_by(SpendRow.lane)
    )
    return {lane: int(credits) for lane, credits in connection.execute(statement)}


def spent_by_symbol(connection: Connection, cycle: Cycle) -> list[SymbolSpending]:
    """From every charge of the cycle, the dearest first."""
    credits = func.sum(func.coalesce(ChargeRow.charged_credits, ChargeRow.reserved_credits)).label("credits")
    reserved = func.sum(case((ChargeRow.state.in_(OPEN_CHARGES), ChargeRow.reserved_credits), else_=0))
    its_page = (
        (PageRow.window_id == ChargeRow.window_id)
        & (PageRow.sequence == ChargeRow.sequence)
        & (PageRow.charge_id == ChargeRow.id)
    )
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
        .outerjoin(PageRow, its_page)
        .where(ChargeRow.day >= day_of(cycle.start), ChargeRow.day < day_of(cycle.end))
        .where(ChargeRow.state != ChargeState.CANCELLED)
        .group_by(WindowRow.symbol, ChargeRow.lane)
        .order_by(credits.desc(), WindowRow.symbol)
    )
    return [
        SymbolSpending(row.symbol, row.lane, int(row.credits), int(row.reserved), int(row.requests), int(row.rows or 0))
        for row in connection.execute(statement)
    ]


def renewed_between(connection: Connection) -> tuple[datetime, datetime] | None:
    """The readings around the newest moment at which the account's use began again; None when none was seen."""
    used = ReadingRow.credits_used
    before = func.lag(used, type_=BigInteger()).over(order_by=ReadingRow.id)
    since = func.lag(ReadingRow.read_at, type_=UtcInstant()).over(order_by=ReadingRow.id)
    readings = (
        select(ReadingRow.id, ReadingRow.read_at, used.label("used"), before.label("before"), since.label("since"))
        .where(used.is_not(None))
        .subquery()
    )
    statement = select(readings.c.since, readings.c.read_at).where(readings.c.used < readings.c.before)
    row = connection.execute(statement.order_by(readings.c.id.desc()).limit(1)).one_or_none()
    return (row.since, row.read_at) if row else None
