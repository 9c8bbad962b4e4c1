"""What is spent of every budget, read in one statement, since each permit needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ColumnElement, Connection, Label, bindparam, case, func, or_, select, true

from include.domain.clock import day_of
from include.ledger.credits.account import Account, account_from
from include.ledger.database.models.spending import OPEN_CHARGES, ChargeRow, ReadingRow, RunRow, SpendRow
from include.ledger.database.prepared import Prepared
from include.planning.credits.billing_cycle import Cycle
from include.settings.budget import LANES


@dataclass(frozen=True, slots=True)
class SpendPosition:
    """Credits settled and reserved, by lane in a cycle and by run, and the account.

    A charge whose clocks, or whose request and answer, lie in two cycles counts in both: the vendor may have billed it
    in either.
    """

    cycle: Cycle
    account: Account | None
    spent: Mapping[str, int]
    run_cap: int | None
    run_spent: int
    ever_spent: int = 0
    """Credits of all cycles and lanes."""

    @property
    def cycle_spent(self) -> int:
        return sum(self.spent.values())


def spend_position_in(connection: Connection, cycle: Cycle, run_id: str = "") -> SpendPosition:
    """Spending in a cycle, and of a run where one is named."""
    days = {"first": day_of(cycle.start), "until": day_of(cycle.end)}
    row = _statement().first(connection, {**days, "run": run_id})
    settled, reserved = int(row.settled), int(row.reserved)  # PostgreSQL sums to decimals
    return SpendPosition(
        cycle=cycle,
        account=account_from(row, settled, reserved) if row.id is not None else None,
        spent={lane: int(getattr(row, f"{lane}_spent") + getattr(row, f"{lane}_disputed")) for lane in LANES},
        run_cap=row.max_credits,
        run_spent=row.run_spent or 0,
        ever_spent=settled + reserved,
    )


def _sum(credits: ColumnElement[int], which: ColumnElement[bool], name: str) -> Label[int]:
    return func.coalesce(func.sum(credits).filter(which), 0).label(name)


@cache
def _statement() -> Prepared:
    in_cycle = (SpendRow.day >= bindparam("first"), SpendRow.day < bindparam("until"))
    both = SpendRow.settled_credits + SpendRow.reserved_credits
    cycle = select(*(_sum(both, SpendRow.lane == lane, f"{lane}_spent") for lane in LANES)).where(*in_cycle).subquery()
    is_open = or_(*(ChargeRow.state == state for state in OPEN_CHARGES))
    # Charges of another cycle that the vendor may have billed in this one.
    paid = case((is_open, ChargeRow.reserved_credits), else_=ChargeRow.charged_credits)
    maybe = (ChargeRow.disputed_day >= bindparam("first"), ChargeRow.disputed_day < bindparam("until"))
    disputed = (
        select(*(_sum(paid, ChargeRow.lane == lane, f"{lane}_disputed") for lane in LANES))
        .where(*maybe, ChargeRow.day < bindparam("first"))
        .subquery()
    )
    ever = select(
        func.coalesce(func.sum(SpendRow.settled_credits), 0).label("settled"),
        func.coalesce(func.sum(SpendRow.reserved_credits), 0).label("reserved"),
    ).subquery()
    newest = select(ReadingRow).order_by(ReadingRow.id.desc()).limit(1).subquery()
    run = (
        select(RunRow.max_credits, (RunRow.settled_credits + RunRow.reserved_credits).label("run_spent"))
        .where(RunRow.run_id == bindparam("run"))
        .subquery()
    )
    beside = cycle.join(disputed, true()).join(ever, true()).outerjoin(newest, true()).outerjoin(run, true())
    return Prepared(select(*cycle.c, *disputed.c, *ever.c, *newest.c, *run.c).select_from(beside))
