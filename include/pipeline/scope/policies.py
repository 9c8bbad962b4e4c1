"""How the settings decide what is read again, and how far back."""

from __future__ import annotations

from datetime import datetime, timedelta

from include.ledger.credits.account import Account
from include.planning.windows.coverage import Freshness
from include.settings import Settings

MOST_HISTORY_DAYS = 36_500
"""A longer history than this is no bound."""


def freshness_of(settings: Settings) -> Freshness:
    """When an observation has to be repeated, by the settings."""
    plan_settings = settings.plan
    return Freshness(1, timedelta(hours=plan_settings.recheck_gap_hours), plan_settings.provisional_buckets)


def history_start(account: Account | None, now: datetime) -> datetime | None:
    """How far back the vendor's plan reaches; None where nothing bounds it, or nobody says."""
    days = account.max_history_days if account else None
    return None if days is None or days > MOST_HISTORY_DAYS else now - timedelta(days=days)
