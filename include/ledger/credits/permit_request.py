"""What a permit is requested for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from include.ledger.work.windows import Lease
from include.settings.prices import Prices


@dataclass(frozen=True, slots=True)
class PermitRequest:
    """One request that wants to leave, at its worst-case cost."""

    run_id: str
    lane: str
    window_id: str
    sequence: int
    worst_credits: int
    ceiling_credits: int | None = None
    """Bound of all credits settled and reserved, derived from the vendor's last answers; None when unknown."""
    row_limit: int | None = None
    lease: Lease | None = None
    """The reader's lease, without which no permit is granted; None when no window is read."""
    prices: Prices | None = None
    """The price table, with which charges observed before raise the worst case; None takes it as given."""
    answered_within: timedelta = timedelta(0)
    """How long after the permit the vendor may still serve, and bill, the request."""
