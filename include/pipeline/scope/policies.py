"""What the settings and the account say about reading again and reading far back."""

from __future__ import annotations

from datetime import datetime, timedelta

from include.ledger.credits.account import Account
from include.planning.windows.coverage import Freshness
from include.settings import Settings

MOST_HISTORY_DAYS = 36_500
"""Longer histories than this count as unlimited."""


def freshness_of(settings: Settings) -> Freshness:
    """When an observation has to be repeated."""
    plan_settings = settings.plan
    return Freshness(1, timedelta(hours=plan_settings.recheck_gap_hours), plan_settings.provisional_buckets)


def history_start(account: Account | None, now: datetime) -> datetime | None:
    """Where the history of the vendor's plan begins; None where it is unlimited or unknown."""
    days = account.max_history_days if account else None
    return None if days is None or days > MOST_HISTORY_DAYS else now - timedelta(days=days)
