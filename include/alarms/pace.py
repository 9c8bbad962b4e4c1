"""Whether what may be spent lasts to the end of the billing cycle, at the pace of the cycle so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from include.alarms.alarm import Alarm, Severity
from include.domain.clock import DAY
from include.planning.credits.pace import credits_at_pace

NAME = "pace"
_NEXT = "want fewer symbols or intervals (`series`), raise the limit, or take a larger plan"


@dataclass(frozen=True, slots=True)
class Spending:
    """A billing cycle until `now`; `began` is its start, or the first run where that is later, `ends` its end.

    `steady_credits` are those of the hourly and daily lanes, which continue; the rest of `spent_credits` does not.
    `budget_credits` is the cycle's limit by the settings, `account_credits` the account's balance, both without the
    reserve; None: unknown.
    """

    began: datetime
    now: datetime
    ends: datetime
    spent_credits: int
    steady_credits: int
    budget_credits: int | None = None
    account_credits: int | None = None

    @property
    def days(self) -> float:
        return (self.now - self.began) / DAY

    @property
    def rest_credits(self) -> int:
        """Credits that the hourly and daily lanes still need in this cycle, at their pace."""
        return round(credits_at_pace(self.steady_credits, self.began, self.now, self.ends - self.now))


def pace(spending: Spending, after_days: float) -> list[Alarm]:
    """Limits that are used up, or will be before the cycle ends (judged once `after_days` passed): both are errors."""
    used_up = _used_up(spending)
    if used_up or spending.days < after_days:
        return used_up
    return _running_out(spending)


def _used_up(spending: Spending) -> list[Alarm]:
    alarms = []
    budget, account = spending.budget_credits, spending.account_credits
    if budget is not None and spending.spent_credits >= budget > 0:
        alarms.append(
            _alarm(
                "budget.monthly_credits",
                f"all {budget:,} credits beside the reserve are used up",
            )
        )
    if account is not None and account <= 0:
        alarms.append(_alarm("account", "it has no credits left beside the reserve, so runs read nothing"))
    return alarms


def _running_out(spending: Spending) -> list[Alarm]:
    alarms = []
    budget, account, rest = spending.budget_credits, spending.account_credits, spending.rest_credits
    if budget is not None and spending.spent_credits + rest > budget:
        finding = (
            f"{spending.spent_credits:,} credits are spent, and at this pace the billing cycle will take "
            f"{spending.spent_credits + rest:,} of {budget:,}"
        )
        alarms.append(_alarm("budget.monthly_credits", finding))
    if account is not None and rest > account:
        finding = f"at this pace the rest of the billing cycle needs {rest:,} credits, and {account:,} are left"
        alarms.append(_alarm("account", finding))
    return alarms


def _alarm(limit: str, finding: str) -> Alarm:
    return Alarm(NAME, Severity.ERROR, limit, f"{finding}: {_NEXT}")
