"""The vendor's plans and its price table."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from include.kwery.plans import SOLD_PLANS, SoldPlan


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `requests` in any `seconds` (a sliding window)."""

    requests: int
    seconds: int

    @property
    def field(self) -> str:
        """The name that `/v1/limits` gives it."""
        return f"requests_per_{ {1: 'second', 60: 'minute', 3600: 'hour'}[self.seconds] }"


@dataclass(frozen=True, slots=True)
class AccountPlan(SoldPlan):
    """What one subscription allows, its request rates too."""

    rates: tuple[Rate, ...]


_RATES = {
    "free": (Rate(15, 60), Rate(600, 3600)),
    "pro": (Rate(50, 60), Rate(3000, 3600)),
    "business": (Rate(20, 1), Rate(600, 60)),
}
PLANS = {plan.name: AccountPlan(**asdict(plan), rates=_RATES[plan.name]) for plan in SOLD_PLANS}

ACCOUNT_PAGE_CREDITS = {"limits": 0, "symbols": 0, "sources": 25, "status": 25}


def plan_that_reaches(days: float) -> str:
    """The smallest plan whose history is at least `days` deep."""
    return next(plan.name for plan in PLANS.values() if plan.history_days is None or plan.history_days >= days)
