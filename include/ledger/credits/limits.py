"""The budgets that bound spending: a run's cap, the cycle's, the account's own, and a lane's part of what is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from include.ledger.credits.spend_position import SpendPosition, standing_of
from include.planning.credits.billing_cycle import cycle_of
from include.planning.credits.lanes import LIVE, Lanes, reserve_of, share_out
from include.settings import Budget


@dataclass(frozen=True, slots=True)
class BudgetExceeded:
    """The budget does not hold the worst case; `setting` is what to change, `available_credits` what is left."""

    reason: str
    setting: str
    available_credits: int


def spend_position(connection: Connection, budget: Budget, now: datetime, run_id: str = "") -> SpendPosition:
    """The standing in the cycle around `now`."""
    return standing_of(connection, cycle_of(now, budget.cycle_day), run_id)


def limits_at(standing: SpendPosition, lane: str, budget: Budget, now: datetime) -> list[BudgetExceeded]:
    """What each budget that is set leaves, a run's cap included where the standing has one."""
    found = [_run_limit(standing)]
    allowance = allowance_of(standing, budget)
    if allowance is not None:
        lanes = share_out(allowance, standing.spent, budget, standing.cycle, now)
        found += [
            _budget_limit(standing, lane, lanes, budget),
            _account_limit(standing, lane, lanes),
            _share_limit(standing, lane, lanes, budget),
        ]
    return [limit for limit in found if limit is not None]


def allowance_of(standing: SpendPosition, budget: Budget) -> int | None:
    """What lanes have shares of: the cycle's budget or what the account allows, the lower one; None: nobody says."""
    known = [one for one in (budget.monthly_credits, _account_allowance(standing)) if one is not None]
    return min(known, default=None)


def left_of(standing: SpendPosition, budget: Budget) -> int | None:
    """Credits left for all lanes and the reserve together; None where nothing bounds them."""
    known = [one for one in (_budget_left(standing, budget), _account_left(standing)) if one is not None]
    return max(0, min(known)) if known else None


def reserve_in(standing: SpendPosition, budget: Budget) -> int:
    """What of the credits left no lane may touch; nothing where no allowance is known."""
    allowance = allowance_of(standing, budget)
    return 0 if allowance is None else reserve_of(allowance, budget)


def _account_allowance(standing: SpendPosition) -> int | None:
    account = standing.account
    if account is None or account.credits_limit is not None:
        return account.credits_limit if account else None
    return None if account.available_credits is None else account.available_credits + standing.cycle_spent


def _budget_left(standing: SpendPosition, budget: Budget) -> int | None:
    return None if budget.monthly_credits is None else budget.monthly_credits - standing.cycle_spent


def _account_left(standing: SpendPosition) -> int | None:
    account = standing.account
    # Its own figure first: after a top-up, or where the vendor's cycle begins on another day than `cycle_day`, the
    # limit less the ledger's spending would refuse credits that are there.
    if account is None or account.available_credits is not None:
        return account.available_credits if account else None
    return None if account.credits_limit is None else account.credits_limit - standing.cycle_spent


def _run_limit(standing: SpendPosition) -> BudgetExceeded | None:
    if standing.run_cap is None:
        return None
    available = standing.run_cap - standing.run_spent
    return BudgetExceeded(
        f"this run's cap of {standing.run_cap:,} credits leaves {max(0, available):,}",
        "budget.run_credits (or --max-credits)",
        available,
    )


def _budget_limit(standing: SpendPosition, lane: str, lanes: Lanes, budget: Budget) -> BudgetExceeded | None:
    left = _budget_left(standing, budget)
    if left is None:
        return None
    available = left - lanes.withheld(lane)
    return BudgetExceeded(
        f"the cycle's budget of {budget.monthly_credits:,} credits leaves {max(0, available):,}{_beside(lanes, lane)}",
        f"budget.monthly_credits{_or_keep_less(lanes, lane)}",
        available,
    )


def _account_limit(standing: SpendPosition, lane: str, lanes: Lanes) -> BudgetExceeded | None:
    left = _account_left(standing)
    if left is None:
        return None
    available = left - lanes.withheld(lane)
    return BudgetExceeded(
        f"the account has {max(0, available):,} credits left in this billing cycle{_beside(lanes, lane)}",
        f"the vendor's plan (or wait for the next billing cycle){_or_keep_less(lanes, lane)}",
        available,
    )


def _share_limit(standing: SpendPosition, lane: str, lanes: Lanes, budget: Budget) -> BudgetExceeded | None:
    """Live lanes may go beyond their shares; they go first."""
    if lane in LIVE:
        return None
    available = lanes.shares[lane] + lanes.released - standing.spent[lane]
    more_from = standing.cycle.end - timedelta(days=budget.release_days)
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
    """The other way out, for a lane that leaves credits to another one."""
    return " (or lower budget.lane_shares.hourly)" if lanes.withheld(lane) > lanes.reserve else ""
