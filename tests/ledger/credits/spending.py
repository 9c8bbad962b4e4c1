"""Spending in tests: permits at a fixed time, their settlement and loss, readings of the account."""

from __future__ import annotations

from datetime import datetime, timedelta

from include.kwery.models import Limits
from include.ledger.credits import charges, permits
from include.ledger.credits.permit_request import PermitRequest
from include.ledger.credits.permits import Granted, Permit
from include.ledger.credits.reconcile import Explained, before_reading, note_account
from include.ledger.credits.spend_totals import totals
from include.ledger.database.engine import Ledger
from include.settings.budget import Budget
from include.settings.prices import Prices
from tests.ledger.conftest import NOW

ASK = PermitRequest("run", "backfill", "w1", 0, 350)
OPEN = Budget(lane_shares={"hourly": 0, "daily": 0, "backfill": 1}, reserve_share=0)
THOUSAND = Budget(monthly_credits=1000)
SERVED_FOR = timedelta(seconds=120)
LATER = NOW + SERVED_FOR
"""When the vendor has surely finished a request of NOW."""


def request_permit(ledger: Ledger, budget: Budget = OPEN, request: PermitRequest = ASK, now: datetime = NOW) -> Permit:
    return permits.permit(ledger, request, budget, lambda: now)


def granted(ledger: Ledger, budget: Budget = OPEN, request: PermitRequest = ASK, now: datetime = NOW) -> int:
    answer = request_permit(ledger, budget, request, now)
    assert isinstance(answer, Granted), answer
    return answer.charge_id


def permitted(ledger: Ledger, now: datetime = NOW) -> Granted:
    answer = request_permit(ledger, now=now)
    assert isinstance(answer, Granted), answer
    return answer


def booked(ledger: Ledger, now: datetime) -> datetime:
    return permitted(ledger, now).send_at


def settle(ledger: Ledger, charge_id: int, credits: int) -> None:
    with ledger.write() as connection:
        charges.settle(connection, charge_id, credits, source="X-Credits-Used", now=NOW)


def lose(ledger: Ledger, charge_id: int) -> None:
    """The process that made the reservation is gone."""
    with ledger.write() as connection:
        charges.mark_unknown(connection, charge_id, "no answer")


def spend(ledger: Ledger, lane: str, credits: int, now: datetime = NOW, budget: Budget = THOUSAND) -> Permit:
    """The answer to one request, which is settled at once where it was granted."""
    answer = permits.permit(ledger, PermitRequest("run", lane, "w", 0, credits), budget, lambda: now)
    if isinstance(answer, Granted):
        with ledger.write() as connection:
            charges.settle(connection, answer.charge_id, credits, source="test", now=now)
    return answer


def read_account(ledger: Ledger, limits: Limits, now: datetime = NOW) -> Explained:
    return note_account(ledger, limits, before_reading(ledger, SERVED_FOR), now, Prices())


def spent(ledger: Ledger) -> tuple[int, int]:
    with ledger.read() as connection:
        return totals(connection)
