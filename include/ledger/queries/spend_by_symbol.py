"""What a billing cycle was spent on, and when: for people, not for the budget check."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Connection, case, func, select

from include.domain.clock import day_of
from include.ledger.database.models import OPEN_CHARGES, AccountReading, Charge, ChargeState, LandedPage, Spend, Window
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
    both = Spend.settled_credits + Spend.reserved_credits
    statement = select(Spend.day, Spend.lane, both).where(
        Spend.day >= day_of(cycle.start), Spend.day < day_of(cycle.end)
    )
    days: dict[str, dict[str, int]] = defaultdict(dict)
    for day, lane, credits in connection.execute(statement):
        days[day][lane] = int(credits)
    return dict(days)


def reserved_by_lane(connection: Connection, cycle: Cycle) -> dict[str, int]:
    """Credits of answers that are under way or were never seen."""
    statement = (
        select(Spend.lane, func.sum(Spend.reserved_credits))
        .where(Spend.day >= day_of(cycle.start), Spend.day < day_of(cycle.end))
        .group_by(Spend.lane)
    )
    return {lane: int(credits) for lane, credits in connection.execute(statement)}


def spent_by_symbol(connection: Connection, cycle: Cycle) -> list[SymbolSpending]:
    """From every charge of the cycle, the dearest first."""
    credits = func.sum(func.coalesce(Charge.charged_credits, Charge.reserved_credits)).label("credits")
    reserved = func.sum(case((Charge.state.in_(OPEN_CHARGES), Charge.reserved_credits), else_=0))
    its_page = (
        (LandedPage.window_id == Charge.window_id)
        & (LandedPage.sequence == Charge.sequence)
        & (LandedPage.charge_id == Charge.id)
    )
    statement = (
        select(
            Window.symbol,
            Charge.lane,
            credits,
            reserved.label("reserved"),
            func.count().label("requests"),
            func.sum(LandedPage.rows).label("rows"),
        )
        .select_from(Charge)
        .join(Window, Window.window_id == Charge.window_id)
        .outerjoin(LandedPage, its_page)
        .where(Charge.day >= day_of(cycle.start), Charge.day < day_of(cycle.end))
        .where(Charge.state != ChargeState.CANCELLED)
        .group_by(Window.symbol, Charge.lane)
        .order_by(credits.desc(), Window.symbol)
    )
    return [
        SymbolSpending(row.symbol, row.lane, int(row.credits), int(row.reserved), int(row.requests), int(row.rows or 0))
        for row in connection.execute(statement)
    ]


def renewed_between(connection: Connection) -> tuple[datetime, datetime] | None:
    """The readings around the newest moment at which the account's use began again; None when none was seen."""
    used = AccountReading.credits_used
    before = func.lag(used, type_=BigInteger()).over(order_by=AccountReading.id)
    since = func.lag(AccountReading.read_at, type_=UtcInstant()).over(order_by=AccountReading.id)
    readings = (
        select(
            AccountReading.id, AccountReading.read_at, used.label("used"), before.label("before"), since.label("since")
        )
        .where(used.is_not(None))
        .subquery()
    )
    statement = select(readings.c.since, readings.c.read_at).where(readings.c.used < readings.c.before)
    row = connection.execute(statement.order_by(readings.c.id.desc()).limit(1)).one_or_none()
    return (row.since, row.read_at) if row else None
