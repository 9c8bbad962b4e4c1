"""The budgets that bound spending: a run's cap, the month's, a lane's share, the account's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from include.ledger.account import Account
from include.ledger.runs import period_of
from include.ledger.standing import Standing, standing_of
from include.settings import Budget


@dataclass(frozen=True, slots=True)
class Refused:
    """The budget does not hold the worst case; `setting` is what to change, `available_credits` what is left."""

    reason: str
    setting: str
    available_credits: int


def limits_of(connection: Connection, lane: str, budget: Budget, now: datetime) -> list[Refused]:
    """What each budget that is set leaves to a lane, a run's own cap aside."""
    return limits_at(standing_of(connection, lane, period_of(now)), lane, budget)


def limits_at(standing: Standing, lane: str, budget: Budget) -> list[Refused]:
    """What each budget that is set leaves, a run's cap included where the standing has one."""
    found = (
        _run_limit(standing),
        _month_limit(standing, budget),
        _lane_limit(standing, lane, budget),
        _account_limit(standing.account),
    )
    return [limit for limit in found if limit is not None]


def _run_limit(standing: Standing) -> Refused | None:
    if standing.run_cap is None:
        return None
    available = standing.run_cap - standing.run_spent
    return Refused(
        f"this run's cap of {standing.run_cap:,} credits leaves {max(0, available):,}",
        "budget.run_credits (or --max-credits)",
        available,
    )


def _month_limit(standing: Standing, budget: Budget) -> Refused | None:
    if budget.monthly_credits is None:
        return None
    available = budget.monthly_credits - standing.month_spent
    return Refused(
        f"the month's budget of {budget.monthly_credits:,} credits leaves {max(0, available):,}",
        "budget.monthly_credits",
        available,
    )


def _lane_limit(standing: Standing, lane: str, budget: Budget) -> Refused | None:
    total = budget.monthly_credits or (standing.account.credits_limit if standing.account else None)
    share = budget.lane_shares.get(lane, 1.0)  # type: ignore[call-overload] # a lane that has no share named may use all
    if total is None or share >= 1:
        return None
    available = int(total * share) - standing.lane_spent
    return Refused(
        f"the {lane} lane's share of {share:.0%} of {total:,} credits leaves {max(0, available):,}",
        f"budget.lane_shares.{lane}",
        available,
    )


def _account_limit(account: Account | None) -> Refused | None:
    if account is None or account.available_credits is None:
        return None
    return Refused(
        f"the account has {max(0, account.available_credits):,} credits left in this billing cycle",
        "the vendor's plan (or wait for the next billing cycle)",
        account.available_credits,
    )
