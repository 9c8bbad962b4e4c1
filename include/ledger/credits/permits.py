"""Permission to spend: nothing leaves without it (rules 1 and 2).

`permit` is the only door. In one transaction over all processes it checks the budgets, books a departure within the
plan's request rate, reserves the worst case, and answers go, wait or refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from include.domain.clock import Clocks, utc_now
from include.ledger.credits import charges
from include.ledger.credits.account import account_of, totals
from include.ledger.credits.charges import PermitRequest
from include.ledger.credits.limits import BudgetExceeded, limits_at, spend_position
from include.ledger.credits.observed_charges import worst_case_of
from include.ledger.credits.rate_limit import BOOKED_AHEAD, next_slot
from include.ledger.database.engine import Ledger
from include.ledger.work.windows import Lease, LeaseLost, is_held
from include.planning.credits.billing_cycle import cycle_of
from include.settings import Budget

IN_FLIGHT_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Granted:
    """The reservation is made; the request leaves at `departs_at`, at most `BOOKED_AHEAD` from now."""

    charge_id: int
    departs_at: datetime
    lease: Lease | None = None


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Ask again after so many seconds."""

    seconds: float
    reason: str


Permit = Granted | RetryLater | BudgetExceeded


def permit(
    ledger: Ledger,
    ask: PermitRequest,
    budget: Budget,
    clock: Callable[[], datetime] = utc_now,
    seen: Callable[[datetime], Clocks] = Clocks,
) -> Permit:
    """Decides one request: budgets first, then rate, then the reservation; `clock` is read once the ledger is held.

    Rates are kept by the worker's clock. `seen` sets the vendor's beside it: the two decide which billing cycle pays.
    Raises LeaseLost when the window is not its reader's any more.
    """
    with ledger.write() as connection:
        now = clock()
        clocks = seen(now)
        _check(connection, ask.lease)
        ask = _at_its_worst(connection, ask, now)
        standing = spend_position(connection, budget, clocks.for_billing, ask.run_id)
        limits = [
            *limits_at(standing, ask.lane, budget, clocks.for_billing),
            *_disputed_limits(connection, ask, budget, clocks),
            *_told_limit(connection, ask.ceiling_credits),
        ]
        tightest = min(limits, key=lambda limit: limit.available_credits, default=None)
        if tightest is not None and tightest.available_credits < ask.worst_credits:
            if charges.in_flight(connection, now):
                return RetryLater(IN_FLIGHT_POLL_SECONDS, "requests in flight may settle for less than they reserved")
            return tightest
        departs_at = next_slot(connection, standing.account, now)
        if departs_at > now + BOOKED_AHEAD:
            return _until_bookable(departs_at, now)
        return Granted(charges.reserve(connection, ledger.process_id, ask, clocks, departs_at), departs_at, ask.lease)


def _at_its_worst(connection: Connection, ask: PermitRequest, now: datetime) -> PermitRequest:
    """The request at what answers were seen to cost, where that is more than the price table says."""
    if ask.prices is None or ask.row_limit is None:
        return ask
    worst_credits = worst_case_of(connection, ask.prices, now).credits(ask.row_limit)
    return replace(ask, worst_credits=max(ask.worst_credits, worst_credits))


def permit_free(ledger: Ledger, outcome: str, clock: Callable[[], datetime] = utc_now) -> Granted | RetryLater:
    """Books the departure of a request that costs nothing, which the plan's rate counts all the same."""
    with ledger.write() as connection:
        now = clock()
        departs_at = next_slot(connection, account_of(connection), now)
        if departs_at > now + BOOKED_AHEAD:
            return _until_bookable(departs_at, now)
        return Granted(charges.note_free(connection, ledger.process_id, outcome, now, departs_at), departs_at)


def rebook(ledger: Ledger, permit: Granted, clock: Callable[[], datetime] = utc_now) -> datetime:
    """When a request departs that missed its moment: at once, or at the next free one where it was missed by far.

    By then others may have been booked on the strength of it: they are as far ahead as departures are booked at most.
    Raises LeaseLost when another process has taken the window meanwhile.
    """
    with ledger.write() as connection:
        departs_at = now = clock()
        _check(connection, permit.lease)
        if now - permit.departs_at > BOOKED_AHEAD:
            departs_at = next_slot(connection, account_of(connection), now, missed=permit.charge_id)
        charges.reschedule(connection, permit.charge_id, departs_at)
        return departs_at


def _check(connection: Connection, lease: Lease | None) -> None:
    if lease is not None and not is_held(connection, lease):
        raise LeaseLost(lease.window_id)


def _disputed_limits(
    connection: Connection, ask: PermitRequest, budget: Budget, clocks: Clocks
) -> list[BudgetExceeded]:
    """What the billing cycle leaves in which the vendor may be, where its clock is ahead of what counts."""
    if clocks.disputed is None or cycle_of(clocks.disputed, budget.cycle_day).start <= clocks.for_billing:
        return []
    standing = spend_position(connection, budget, clocks.disputed, ask.run_id)
    return limits_at(standing, ask.lane, budget, clocks.disputed)


def _told_limit(connection: Connection, ceiling_credits: int | None) -> list[BudgetExceeded]:
    """What the vendor's answers leave, where somebody else uses the key too."""
    if ceiling_credits is None:
        return []
    available = ceiling_credits - sum(totals(connection))
    return [
        BudgetExceeded(
            f"the account has {max(0, available):,} credits left by the vendor's last answers",
            "the vendor's plan (or wait for the next billing cycle)",
            available,
        )
    ]


def _until_bookable(departs_at: datetime, now: datetime) -> RetryLater:
    return RetryLater((departs_at - BOOKED_AHEAD - now).total_seconds(), "the plan's request rate")
