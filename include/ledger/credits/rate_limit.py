"""The plan's request rate, shared by all workers: each request gets a send slot in the ledger before it leaves.

No rate-limiting library fits here. A slot is booked in the same transaction as the budget check and the reservation
(see `permits`), so that a request has all three or none; a library would keep its counters in a store of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection, Integer, bindparam, select

from include.ledger.credits.account import Account
from include.ledger.database.models.spending import ChargeRow
from include.ledger.database.prepared import Prepared

BOOKED_AHEAD = timedelta(seconds=0.5)
"""How far ahead a slot may be booked: enough to connect, and the most that a run that dies leaves unused."""
LATE = timedelta(seconds=0.01)
"""A slot that is missed by more than this is booked again, so that later requests keep their distance."""
_GRANTS_PER_SECOND = 5000
"""More than a ledger can grant: each permit is a durable transaction, one after another."""
_LONGEST_WINDOW = timedelta(days=1)
"""However small the rate, one request a day may leave; the vendor's answer shows whether that is too many."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `requests` arrivals in any `window`."""

    requests: int
    window: timedelta

    @property
    def margin(self) -> timedelta:
        """Added to the window, since the network's jitter brings arrivals closer together than slots."""
        return min(self.window * 0.04, timedelta(seconds=0.5))

    @property
    def spacing(self) -> timedelta:
        """Between two slots of a short window, so that they do not bunch; 10 % below even, to catch up."""
        return 0.9 * self.window / self.requests if self.window <= timedelta(seconds=1) else timedelta()


def rates_of(account: Account | None) -> list[Rate]:
    """The rates of the account's plan; empty while they are unknown."""
    if account is None:
        return []
    rates = ((1, account.requests_per_second), (60, account.requests_per_minute), (3600, account.requests_per_hour))
    return [_rate(requests, timedelta(seconds=seconds)) for seconds, requests in rates if requests]


def binding_rates(account: Account | None) -> list[Rate]:
    """The rates that requests could exceed; a ledger cannot grant as many as the fastest allow."""
    return [rate for rate in rates_of(account) if rate.requests / rate.window.total_seconds() < _GRANTS_PER_SECOND]


def _rate(requests: float, window: timedelta) -> Rate:
    """Whole requests in a window. A fraction below one becomes one request in a longer window."""
    if requests >= 1:
        return Rate(int(requests), window)
    return Rate(1, timedelta(seconds=min(window.total_seconds() / requests, _LONGEST_WINDOW.total_seconds())))


def reading_time(rates: Sequence[Rate], requests: int) -> timedelta | None:
    """From the first to the last of `requests` slots, if no other run sends any; None when no rate is known.

    A long window passes its requests at the pace of the shorter ones, then holds the next until it is over.
    """
    if not rates:
        return None
    by_window = sorted(rates, key=lambda rate: rate.window)
    return _last_slot(by_window, max(0, requests - 1))


def _last_slot(rates: Sequence[Rate], after: int) -> timedelta:
    """The slot of a request that `after` others precede."""
    if not rates:
        return timedelta()
    *shorter, longest = rates
    windows, rest = divmod(after, longest.requests)
    held = windows * (longest.window + longest.margin) + max(_last_slot(shorter, rest), rest * longest.spacing)
    return max(held, _last_slot(shorter, after))


def next_slot(connection: Connection, account: Account | None, now: datetime, missed: int = 0) -> datetime:
    """The earliest moment from `now` on at which one more request keeps every rate of the plan.

    The charge `missed` was not sent in its slot and is not counted.
    """
    # A slot beyond any that can be booked was written by a clock that has been set back since.
    counted = {"until": now + 2 * BOOKED_AHEAD, "missed": missed}

    def booked(place: int) -> datetime | None:
        slot: datetime | None = _booked_statement().scalar(connection, counted | {"later": place - 1})
        return slot

    return earliest(binding_rates(account), booked, now)


@cache
def _booked_statement() -> Prepared:
    sent = select(ChargeRow.requested_at).order_by(ChargeRow.requested_at.desc())
    counted = (ChargeRow.requested_at <= bindparam("until")) & (ChargeRow.id != bindparam("missed"))
    return Prepared(sent.where(counted).offset(bindparam("later", type_=Integer)).limit(1))


def earliest(rates: Sequence[Rate], booked: Callable[[int], datetime | None], now: datetime) -> datetime:
    """The rule without I/O: `booked(n)` is the n-th latest slot, or None when there were fewer."""
    found = now
    for rate in rates:
        for place, distance in ((rate.requests, rate.window + rate.margin), (1, rate.spacing)):
            other = booked(place) if distance else None
            found = found if other is None else max(found, other + distance)
    return found
