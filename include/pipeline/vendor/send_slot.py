"""Leaving for the vendor at the moment that is booked in the ledger, not before."""

from __future__ import annotations

import time
from datetime import datetime

from include.domain.clock import utc_now
from include.ledger.credits.permits import Granted, rebook
from include.ledger.credits.rate_limit import LATE
from include.ledger.database.engine import Ledger

_MOST_SECONDS = 2.0
"""Longer than any departure is away, unless a clock was set back; the connection stays open so long."""


def wait_for_slot(ledger: Ledger, permit: Granted) -> None:
    """Sleeps until the departure, or where it was missed at the next free moment."""
    _sleep_until(permit.departs_at)
    if utc_now() - permit.departs_at > LATE:
        _sleep_until(rebook(ledger, permit))


def _sleep_until(moment: datetime) -> None:
    time.sleep(max(0.0, min((moment - utc_now()).total_seconds(), _MOST_SECONDS)))
