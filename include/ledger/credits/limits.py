"""The budgets that bound spending: a run's cap, the cycle's budget, the account's balance and a lane's share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from include.ledger.credits.spend_position import SpendPosition, spend_position_in
from include.planning.credits.billing_cycle import cycle_of
from include.planning.credits.lanes import LIVE, Lanes, reserve_of, share_out
from include.settings.budget import Budget


@dataclass(frozen=True, slots=True)
class BudgetExceeded:
    """The worst case exceeds a budget; `setting` is what to change, `available_credits` what the budget has left."""

    reason: str
    setting: str
    available_credits: int


def spend_position(connection: Connection, budget: Budget, now: datetime, run_id: str = "") -> SpendPosition:
    """Spending in the billing cycle that contains `now`, and of a run where one is named."""
    return spend_position_in(connection, cycle_of(now, budget.cycle_day), run_id)


def limits_at(position: SpendPosition, lane: str, budget: Budget, now: datetime) -> list[BudgetExceeded]:
    """What each budget that is set has left for a lane, the run's cap included."""
    found = [_run_limit(position)]
    allowance = allowance_of(position, budget)
    if allowance is not None:
        lanes = share_out(allowance, position.spent, budget, position.cycle, now)
        found += [
            _budget_limit(position, lane, lanes, budget),
            _account_limit(position, lane, lanes),
            _share_limit(position, lane, lanes, budget),
        ]
    return [limit for limit in found if limit is not None]


def allowance_of(position: SpendPosition, budget: Budget) -> int | None:
    """What lanes share: the lower of the cycle's budget and the account's allowance; None when neither is known."""
    known = [one for one in (budget.monthly_credits, _account_allowance(position)) if one is not None]
    return min(known, default=None)


def left_of(position: SpendPosition, budget: Budget) -> int | None:
    """Credits left for all lanes and the reserve together; None when nothing bounds them."""
    known = [one for one in (_budget_left(position, budget), _account_left(position)) if one is not None]
    return max(0, min(known)) if known else None


def reserve_in(position: SpendPosition, budget: Budget) -> int:
    """The credits that no lane may spend; 0 when no allowance is known."""
    allowance = allowance_of(position, budget)
    return 0 if allowance is None else reserve_of(allowance, budget)


def _account_allowance(position: SpendPosition) -> int | None:
    account = position.account
    if account is None or account.credits_limit is not None:
        return account.credits_limit if account else None
    return None if account.available_credits is None else account.available_credits + position.cycle_spent


def _budget_left(position: SpendPosition, budget: Budget) -> int | None:
    return None if budget.monthly_credits is None else budget.monthly_credits - position.cycle_spent


def _account_left(position: SpendPosition) -> int | None:
    account = position.account
    # The account's balance comes first. After a top-up, or where the vendor's cycle begins on another day than
    # `cycle_day`, the limit less the ledger's spending would refuse credits that are there.
    if account is None or account.available_credits is not None:
        return account.available_credits if account else None
    return None if account.credits_limit is None else account.credits_limit - position.cycle_spent


def _run_limit(position: SpendPosition) -> BudgetExceeded | None:
    if position.run_cap is None:
        return None
    available = position.run_cap - position.run_spent
    return BudgetExceeded(
        f"this run's cap of {position.run_cap:,} credits leaves {max(0, available):,}",
        "budget.run_credits (--max-credits, or max_credits of a DAG run)",
        available,
    )


def _budget_limit(position: SpendPosition, lane: str, lanes: Lanes, budget: Budget) -> BudgetExceeded | None:
    left = _budget_left(position, budget)
    if left is None:
        return None
    available = left - lanes.withheld(lane)
    return BudgetExceeded(
        f"the cycle's budget of {budget.monthly_credits:,} credits leaves {max(0, available):,}{_beside(lanes, lane)}",
        f"budget.monthly_credits{_or_keep_less(lanes, lane)}",
        available,
    )


def _account_limit(position: SpendPosition, lane: str, lanes: Lanes) -> BudgetExceeded | None:
    left = _account_left(position)
    if left is None:
        return None
    available = left - lanes.withheld(lane)
    return BudgetExceeded(
        f"the account has {max(0, available):,} credits left in this billing cycle{_beside(lanes, lane)}",
        f"the vendor's plan (or wait for the next billing cycle){_or_keep_less(lanes, lane)}",
        available,
    )


def _share_limit(position: SpendPosition, lane: str, lanes: Lanes, budget: Budget) -> BudgetExceeded | None:
    """Live lanes have no such limit: they may exceed their shares."""
    if lane in LIVE:
        return None
    available = lanes.shares[lane] + lanes.released - position.spent[lane]
    more_from = position.cycle.end - timedelta(days=budget.release_days)
    return BudgetExceeded(
        f"the {lane} lane's share of {lanes.shares[lane]:,} credits leaves {max(0, available):,} "
        f"(what hourly and daily runs will not need is added from {more_from:%Y-%m-%d} on)",
        f"budget.lane_shares.{lane}",
        available,
    )


def _beside(lanes: Lanes, lane: str) -> str:
    kept = lanes.withheld(lane) - lanes.reserve
    parts = [f"the reserve of {lanes.reserve:,}"] * bool(lanes.reserve)
    parts += [f"{kept:,} kept for runs that go first"] * bool(kept)
    return f" beside {' and '.join(parts)}" if parts else ""


def _or_keep_less(lanes: Lanes, lane: str) -> str:
    """The other remedy, for a lane that leaves credits to another one."""
    return " (or lower budget.lane_shares.hourly)" if lanes.withheld(lane) > lanes.reserve else ""
