"""The documented plans, smallest first, and prices: used where no account or answer gives its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SoldPlan:
    """What one subscription allows."""

    name: str
    history_days: int | None
    """How far back open interest may be read; None is full history."""
    max_rows: int
    """Rows a response may hold, whatever the caller's limit."""
    monthly_credits: int


SOLD_PLANS = (
    SoldPlan("free", 7, 100, 150_000),
    SoldPlan("pro", 30, 1000, 10_000_000),
    SoldPlan("business", None, 2500, 50_000_000),
)

BASE_CREDITS = 50
"""What each request for open interest costs, as documented."""
ROW_CREDITS = 3
"""What each row costs beside it."""


def documented_credits(rows: int) -> int:
    """What an answer with that many rows costs, as documented."""
    return BASE_CREDITS + ROW_CREDITS * rows
