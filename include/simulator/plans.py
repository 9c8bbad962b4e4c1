"""The vendor's plans and its price table."""

from __future__ import annotations

from dataclasses import dataclass


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
class Plan:
    """What one subscription allows."""

    name: str
    history_days: int | None
    """How far back open interest may be read (the page's Tier Access); None is full history."""
    max_rows: int
    """Rows a response may hold, whatever the caller's limit."""
    monthly_credits: int
    rates: tuple[Rate, ...]


PLANS = {
    plan.name: plan
    for plan in (
        Plan("free", 7, 100, 150_000, (Rate(15, 60), Rate(600, 3600))),
        Plan("pro", 30, 1000, 10_000_000, (Rate(50, 60), Rate(3000, 3600))),
        Plan("business", None, 2500, 50_000_000, (Rate(20, 1), Rate(600, 60))),
    )
}

OPEN_INTEREST_BASE_CREDITS = 50
OPEN_INTEREST_ROW_CREDITS = 3
ACCOUNT_PAGE_CREDITS = {"limits": 0, "symbols": 0, "sources": 25, "status": 25}


def open_interest_credits(rows: int) -> int:
    """What an answer with `rows` rows costs (the page: 50 base + 3 per row returned)."""
    return OPEN_INTEREST_BASE_CREDITS + OPEN_INTEREST_ROW_CREDITS * rows


def plan_that_reaches(days: float) -> str:
    """The smallest plan whose history is at least `days` deep."""
    return next(plan.name for plan in PLANS.values() if plan.history_days is None or plan.history_days >= days)
