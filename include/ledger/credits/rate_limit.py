"""The plan's request rate, kept over all workers by departures that are booked in the ledger before they happen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from include.ledger.credits.account import Account
from include.ledger.database.models import Charge

BOOKED_AHEAD = timedelta(seconds=0.5)
"""So long before it a departure may be booked: time to make a connection; a run that dies leaves no longer hole."""
LATE = timedelta(seconds=0.01)
"""A departure that is missed by more than this is booked anew, so that those after it keep their distance."""
_LONGEST_WINDOW = timedelta(days=1)
"""However small a rate is, one request a day may leave; the vendor's own answer says whether that is too many."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `requests` in any `window`, as the vendor counts arrivals."""

    requests: int
    window: timedelta

    @property
    def margin(self) -> timedelta:
        """Added to the window: arrivals there are as far apart as departures here only up to the network's jitter."""
        return min(self.window * 0.04, timedelta(seconds=0.5))

    @property
    def spacing(self) -> timedelta:
        """Between two departures of a short window, so that they do not jostle; missed time can still be made good."""
        return 0.9 * self.window / self.requests if self.window <= timedelta(seconds=1) else timedelta()


def rates_of(account: Account | None) -> list[Rate]:
    """What the account says that its plan allows; nothing while it is unknown."""
    if account is None:
        return []
    told = ((1, account.requests_per_second), (60, account.requests_per_minute), (3600, account.requests_per_hour))
    return [_rate(requests, timedelta(seconds=seconds)) for seconds, requests in told if requests]


def _rate(requests: float, window: timedelta) -> Rate:
    """Whole requests in a window; less than one is one in a longer window: half a request a second, one in two."""
    if requests >= 1:
        return Rate(int(requests), window)
    return Rate(1, timedelta(seconds=min(window.total_seconds() / requests, _LONGEST_WINDOW.total_seconds())))


def reading_time(rates: Sequence[Rate], requests: int) -> timedelta | None:
    """From the first to the last of so many departures, where nobody else asks; None where no rate is known.

    A long window lets its requests go as fast as the shorter ones do, then holds the next until it is over.
    """
    if not rates:
        return None
    by_window = sorted(rates, key=lambda rate: rate.window)
    return _last_departure(by_window, max(0, requests - 1))


def _last_departure(rates: Sequence[Rate], after: int) -> timedelta:
    """When a request departs that `after` others go before."""
    if not rates:
        return timedelta()
    *shorter, longest = rates
    windows, rest = divmod(after, longest.requests)
    held = windows * (longest.window + longest.margin) + max(_last_departure(shorter, rest), rest * longest.spacing)
    return max(held, _last_departure(shorter, after))


def next_slot(connection: Connection, account: Account | None, now: datetime, missed: int = 0) -> datetime:
    """The earliest moment, not before `now`, at which one more request keeps every rate of the plan.

    The charge `missed` did not depart when it was to, and does not count.
    """
    # What lies further ahead than anything is booked was written by a clock that has been set back since.
    counted = (Charge.requested_at <= now + 2 * BOOKED_AHEAD) & (Charge.id != missed)

    def booked(place: int) -> datetime | None:
        times = select(Charge.requested_at).where(counted).order_by(Charge.requested_at.desc())
        return connection.execute(times.offset(place - 1).limit(1)).scalar()

    return earliest(rates_of(account), booked, now)


def earliest(rates: Sequence[Rate], booked: Callable[[int], datetime | None], now: datetime) -> datetime:
    """The pure rule: `booked(n)` is the n-th latest departure, or None when there were fewer."""
    found = now
    for rate in rates:
        for place, distance in ((rate.requests, rate.window + rate.margin), (1, rate.spacing)):
            other = booked(place) if distance else None
            found = found if other is None else max(found, other + distance)
    return found
