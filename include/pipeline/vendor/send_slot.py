"""Waits for the send slot reserved in the ledger."""

from __future__ import annotations

import time
from datetime import datetime

from include.domain.clock import utc_now
from include.ledger.credits.permits import Granted, rebook
from include.ledger.credits.rate_limit import BOOKED_AHEAD, LATE
from include.ledger.database.engine import Ledger

_MAX_SECONDS = 2.0
"""More than any slot is ahead, unless a clock was set back; the connection stays open during the wait."""


def wait_for_slot(ledger: Ledger, permit: Granted) -> None:
    """Sleeps until the send slot, or until the next free one when it was missed."""
    _sleep_until(permit.send_at)
    if utc_now() - permit.send_at > (LATE if permit.is_paced else BOOKED_AHEAD):
        _sleep_until(rebook(ledger, permit))


def _sleep_until(moment: datetime) -> None:
    seconds = (moment - utc_now()).total_seconds()
    if seconds > 0:
        time.sleep(min(seconds, _MAX_SECONDS))
