"""The plan's request rate, kept over all workers by the times of their reservations."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from include.ledger.account import Account
from include.ledger.models import Charge

RATE_MARGIN_SECONDS = 0.05
"""Added to the vendor's windows, since arrival there and departure here differ by the network's jitter."""


def rate_pause_seconds(connection: Connection, account: Account | None, now: datetime) -> float:
    """Seconds until the next request may leave; 0 when it may leave now."""
    if account is None:
        return 0.0
    rates = ((1, account.requests_per_second), (60, account.requests_per_minute), (3600, account.requests_per_hour))
    return max((_pause(connection, now, seconds, most) for seconds, most in rates if most), default=0.0)


def _pause(connection: Connection, now: datetime, window_seconds: int, most: int) -> float:
    """Seconds until fewer than `most` requests lie in the window: the `most`-th latest one has to leave it."""
    statement = select(Charge.requested_at).order_by(Charge.requested_at.desc()).offset(most - 1).limit(1)
    earlier = connection.execute(statement).scalar()
    if earlier is None:
        return 0.0
    free_at = earlier + timedelta(seconds=window_seconds + RATE_MARGIN_SECONDS)
    return max(0.0, (free_at - now).total_seconds())
