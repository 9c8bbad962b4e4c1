"""Permits to spend: no request leaves without one (rules 1 and 2).

`permit` and `permit_within` are the only ways to get one. One transaction, which no other process overlaps, checks the
budgets, books a send slot within the plan's request rate, and reserves the worst case. So two workers never spend the
same credit, and a slot never lacks its reservation. That is why no library for rates or quotas stands here: it would
not share the transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from include.domain.clock import Clocks, utc_now
from include.domain.errors import Signal
from include.ledger.credits import charges
from include.ledger.credits.account import account_of
from include.ledger.credits.limits import BudgetExceeded, limits_at, spend_position
from include.ledger.credits.observed_charges import worst_case_of
from include.ledger.credits.open_charges import in_flight
from include.ledger.credits.permit_request import PermitRequest
from include.ledger.credits.rate_limit import BOOKED_AHEAD, binding_rates, next_slot
from include.ledger.credits.spend_position import SpendPosition
from include.ledger.database.engine import Ledger
from include.ledger.work.leases import LeaseLost, is_held
from include.ledger.work.windows import Lease
from include.planning.credits.billing_cycle import cycle_of
from include.settings.budget import Budget

IN_FLIGHT_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Granted:
    """The reservation is made; the request leaves at `send_at`, at most `BOOKED_AHEAD` from now."""

    charge_id: int
    send_at: datetime
    lease: Lease | None = None
    is_paced: bool = True
    """False where no rate binds, so that requests may leave at the same moment."""
    valid_until: datetime | None = None
    """The end of the billing cycle that pays: the next one's budget was not checked. None where nothing is paid."""


class PermitExpired(Signal):
    """The billing cycle of a permit ended before its request was sent; another permit is needed."""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Ask for the permit again after `seconds`."""

    seconds: float
    reason: str


Permit = Granted | RetryLater | BudgetExceeded


def permit(
    ledger: Ledger,
    request: PermitRequest,
    budget: Budget,
    clock: Callable[[], datetime] = utc_now,
    seen: Callable[[datetime], Clocks] = Clocks,
) -> Permit:
    """Decides on one request: budgets first, then rate, then the reservation.

    `clock` is read once the write lock is held. The worker's clock keeps the rates; `seen` adds the vendor's clock, and
    both decide which billing cycle pays. Raises LeaseLost when the reader no longer holds the window.
    """
    with ledger.write() as connection:
        _check(connection, request.lease)
        return permit_within(connection, ledger.process_id, request, budget, clock(), seen)


def permit_within(
    connection: Connection,
    owner: str,
    request: PermitRequest,
    budget: Budget,
    now: datetime,
    seen: Callable[[datetime], Clocks] = Clocks,
) -> Permit:
    """As `permit`, in a write transaction that has begun and in which the lease was seen to be held.

    `now` was read since the transaction began.
    """
    clocks = seen(now)
    request = _at_its_worst(connection, request, now)
    billing = clocks.for_billing
    position = spend_position(connection, budget, billing, request.run_id)
    limits = [
        *limits_at(position, request.lane, budget, billing),
        *_disputed_limits(connection, request, budget, clocks),
        *_ceiling_limit(position, request.ceiling_credits),
    ]
    tightest = min(limits, key=lambda limit: limit.available_credits, default=None)
    if tightest is not None and tightest.available_credits < request.worst_credits:
        if in_flight(connection, now):
            return RetryLater(IN_FLIGHT_POLL_SECONDS, "requests in flight may settle for less than they reserved")
        return tightest
    send_at = next_slot(connection, position.account, now)
    if send_at > now + BOOKED_AHEAD:
        return _until_bookable(send_at, now)
    charge_id = charges.reserve(connection, owner, request, clocks, send_at)
    is_paced = bool(binding_rates(position.account))
    return Granted(charge_id, send_at, request.lease, is_paced, valid_until=position.cycle.end)


def _at_its_worst(connection: Connection, request: PermitRequest, now: datetime) -> PermitRequest:
    """The request at the highest cost that was observed, where that exceeds the price table."""
    if request.prices is None or request.row_limit is None:
        return request
    worst_credits = worst_case_of(connection, request.prices, now).credits(request.row_limit)
    return replace(request, worst_credits=worst_credits) if worst_credits > request.worst_credits else request


def permit_free(ledger: Ledger, outcome: str, clock: Callable[[], datetime] = utc_now) -> Granted | RetryLater:
    """Books the send slot of a request that costs nothing; the plan's rate counts it too."""
    with ledger.write() as connection:
        now = clock()
        send_at = next_slot(connection, account_of(connection), now)
        if send_at > now + BOOKED_AHEAD:
            return _until_bookable(send_at, now)
        return Granted(charges.note_free(connection, ledger.process_id, outcome, now, send_at), send_at)


def rebook(ledger: Ledger, permit: Granted, clock: Callable[[], datetime] = utc_now) -> datetime:
    """When to send a request that missed its slot: at once, or in the next free slot if it is far too late.

    Slots are booked at most `BOOKED_AHEAD`. A request that is later than that may collide with slots booked since.
    Raises LeaseLost when another process has taken the window.
    """
    with ledger.write() as connection:
        send_at = now = clock()
        _check(connection, permit.lease)
        if now - permit.send_at > BOOKED_AHEAD:
            send_at = next_slot(connection, account_of(connection), now, missed=permit.charge_id)
        charges.reschedule(connection, permit.charge_id, send_at)
        return send_at


def _check(connection: Connection, lease: Lease | None) -> None:
    if lease is not None and not is_held(connection, lease):
        raise LeaseLost(lease.window_id)


def _disputed_limits(
    connection: Connection, request: PermitRequest, budget: Budget, clocks: Clocks
) -> list[BudgetExceeded]:
    """The limits of the billing cycle that the vendor may already be in, where its clock is ahead."""
    disputed = clocks.disputed
    if disputed is None or cycle_of(disputed, budget.cycle_day).start <= clocks.for_billing:
        return []
    position = spend_position(connection, budget, disputed, request.run_id)
    return limits_at(position, request.lane, budget, disputed)


def _ceiling_limit(position: SpendPosition, ceiling_credits: int | None) -> list[BudgetExceeded]:
    """The account's balance by the vendor's last answers, which is lower where another program uses the key."""
    if ceiling_credits is None:
        return []
    available = ceiling_credits - position.ever_spent
    return [
        BudgetExceeded(
            f"the account has {max(0, available):,} credits left by the vendor's last answers",
            "the vendor's plan (or wait for the next billing cycle)",
            available,
        )
    ]


def _until_bookable(send_at: datetime, now: datetime) -> RetryLater:
    return RetryLater((send_at - BOOKED_AHEAD - now).total_seconds(), "the plan's request rate")
