"""What every budget stands at, read in one statement: it is asked before each request."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, true

from include.ledger.account import Account, account_from
from include.ledger.models import AccountReading, Run, Spend


@dataclass(frozen=True, slots=True)
class Standing:
    """Credits settled and reserved together, by month, lane and run; and the account beside them."""

    account: Account | None
    month_spent: int
    lane_spent: int
    run_cap: int | None
    run_spent: int


def standing_of(connection: Connection, lane: str, period: str, run_id: str = "") -> Standing:
    """The standing of a lane in a month (`2026-03`), and of a run where one is named."""
    row = connection.execute(_question(), {"lane": lane, "period": period, "run": run_id}).one()
    return Standing(
        account=account_from(row, row.settled, row.reserved) if row.id is not None else None,
        month_spent=row.month_spent,
        lane_spent=row.lane_spent,
        run_cap=row.max_credits,
        run_spent=row.run_spent or 0,
    )


@lru_cache(maxsize=1)
def _question() -> Select[Any]:
    both = Spend.settled_credits + Spend.reserved_credits
    month = Spend.period == bindparam("period")
    sums = select(
        func.sum(Spend.settled_credits).label("settled"),
        func.sum(Spend.reserved_credits).label("reserved"),
        func.sum(both).filter(month).label("month_spent"),
        func.sum(both).filter(month, Spend.lane == bindparam("lane")).label("lane_spent"),
    ).subquery()
    newest = select(AccountReading).order_by(AccountReading.id.desc()).limit(1).subquery()
    run = (
        select(Run.max_credits, (Run.settled_credits + Run.reserved_credits).label("run_spent"))
        .where(Run.run_id == bindparam("run"))
        .subquery()
    )
    return select(
        func.coalesce(sums.c.settled, 0).label("settled"),
        func.coalesce(sums.c.reserved, 0).label("reserved"),
        func.coalesce(sums.c.month_spent, 0).label("month_spent"),
        func.coalesce(sums.c.lane_spent, 0).label("lane_spent"),
        *newest.c,
        *run.c,
    ).select_from(sums.outerjoin(newest, true()).outerjoin(run, true()))
