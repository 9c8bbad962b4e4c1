"""Reconciles the ledger with the account's own figure (rule 2), which `/v1/limits` gives free of charge.

A reading without a request in flight explains what happened since the previous one: reservations whose answer was lost
are settled or released, and the remainder was not spent by this ledger. The first reading of a billing cycle has none
before it: what this ledger did not spend may be another program's, so that it only bounds what lost answers cost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from include.domain.clock import Clocks, credible, day_of, utc_now
from include.kwery.models import Limits
from include.ledger.credits.account import newest_reading, note_reading
from include.ledger.credits.charges import release, settle
from include.ledger.credits.open_charges import lost_charges, lost_of, open_charges
from include.ledger.credits.price_drift import difference_since
from include.ledger.credits.spend_totals import settled_from, totals
from include.ledger.database.engine import Ledger
from include.ledger.database.models.spending import CHARGED_BY_ACCOUNT, ChargeRow
from include.planning.credits.billing_cycle import Cycle, cycle_of

if TYPE_CHECKING:
    from include.settings.prices import Prices


EXCESS_SHARE = 0.1
"""Lost answers may have cost this share more than their reservations; more than that was another program's."""


@dataclass(frozen=True, slots=True)
class Before:
    """The ledger's state just before the account is read."""

    settled_credits: int
    quiet: bool
    """True when no answer is awaited."""
    last_charge_id: int
    served_for: timedelta
    """How long after it was sent the vendor may still serve a request."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What a reading of the account explained."""

    charged_credits: int = 0
    """Credits of lost reservations that were charged."""
    released: int = 0
    """Number of lost reservations that cost nothing."""
    unexplained_credits: int = 0
    """The account's use beyond this ledger's: another program with the same key, or a price change."""
    released_credits: int = 0
    price_difference_credits: int = 0
    """What pages cost beyond the price table by their headers; no part of what is unexplained."""
    table_priced: int = 0
    """Pages whose answers named no charge, so that the price table supplied it."""


def before_reading(ledger: Ledger, served_for: timedelta) -> Before:
    """The state to compare with; call it right before `/v1/limits`. `served_for` is how long an answer may take."""
    with ledger.read() as connection:
        return _before(connection, utc_now(), served_for)


def note_account(
    ledger: Ledger, limits: Limits, before: Before, now: datetime, prices: Prices, cycle_day: int = 1
) -> Explained:
    """Stores the reading. When no request was in flight around it, settles or releases lost reservations.

    `cycle_day` is the day of the month on which the vendor renews the allowance.
    """
    with ledger.write() as connection:
        after = _before(connection, now, before.served_for)
        clean = before.quiet and after.quiet and after.last_charge_id == before.last_charge_id
        lost = lost_charges(connection, now, before.served_for) if clean else []
        cycle = cycle_of(Clocks(now, credible(limits.vendor_time)).for_billing, cycle_day)
        result = _explain(connection, limits, now, prices, lost, cycle) if clean else None
        if clean and result is None and limits.credits_used is not None:
            _bound_lost(connection, limits.credits_used, lost, now, cycle)
        settled = totals(connection)[0] if clean else before.settled_credits
        note_reading(connection, limits, settled, clean=clean, now=now, explained=_columns(result) if result else None)
        return result or Explained()


def _before(connection: Connection, now: datetime, served_for: timedelta) -> Before:
    charges = open_charges(connection)
    lost = {charge.id for charge in lost_of(connection, charges, now, served_for)}
    in_flight = {charge.id for charge in charges} - lost
    newest = select(func.coalesce(func.max(ChargeRow.id), 0)).where(ChargeRow.reserved_credits > 0)
    return Before(totals(connection)[0], not in_flight, int(connection.execute(newest).scalar_one()), served_for)


def _explain(
    connection: Connection, limits: Limits, now: datetime, prices: Prices, lost: Sequence[ChargeRow], cycle: Cycle
) -> Explained | None:
    """What happened since the last clean reading of the billing cycle; None when the readings do not show it."""
    baseline = newest_reading(connection, comparable=True)
    if baseline is None or baseline.credits_used is None or limits.credits_used is None:
        return None
    # The account counts from zero again in a new cycle: the difference shows nothing. The vendor may begin one on
    # another day than `cycle_day`.
    if baseline.read_at < cycle.start or limits.credits_used < baseline.credits_used:
        return None
    known = totals(connection)[0] - baseline.ledger_settled_credits
    unknown = limits.credits_used - baseline.credits_used - known
    priced = difference_since(connection, prices, baseline.read_at)
    charged, released = _close_lost(connection, unknown, lost, now)
    return Explained(
        charged_credits=charged,
        released=len(released),
        unexplained_credits=unknown - charged,
        released_credits=sum(released),
        price_difference_credits=priced.credits,
        table_priced=priced.table_priced,
    )


def _bound_lost(
    connection: Connection, used_credits: int, lost: Sequence[ChargeRow], now: datetime, cycle: Cycle
) -> None:
    """Closes lost reservations by the first reading of a billing cycle, at the most that they can have cost.

    That is the account's use beyond what the ledger settled in the cycle; in full for those of an earlier cycle, of
    which the reading shows nothing. Left open, they would be released by the next reading, charged or not.
    """
    first_day = day_of(cycle.start)
    baseline = newest_reading(connection, comparable=True)
    since = baseline.ledger_settled_credits if baseline else 0
    settled = min(settled_from(connection, first_day), totals(connection)[0] - since)
    _close_lost(connection, used_credits - settled, [one for one in lost if one.day >= first_day], now)
    for charge in (one for one in lost if one.day < first_day):
        settle(
            connection, charge.id, charge.reserved_credits, source=CHARGED_BY_ACCOUNT, now=now, outcome="lost, in full"
        )


def _close_lost(
    connection: Connection, unknown: int, lost: Sequence[ChargeRow], now: datetime
) -> tuple[int, list[int]]:
    """Settles lost reservations out of `unknown` credits and releases the others.

    Returns the credits settled, and those of each reservation released. The last one may take `EXCESS_SHARE` more,
    since an answer that was never seen may have had more rows than its limit.
    """
    charged = 0
    released = []
    for charge in lost:
        most = charge.reserved_credits
        if charge is lost[-1]:
            most += math.ceil(EXCESS_SHARE * sum(one.reserved_credits for one in lost))
        part = min(max(0, unknown - charged), most)
        if part:
            settle(connection, charge.id, part, source=CHARGED_BY_ACCOUNT, now=now, outcome="lost, charged")
            charged += part
        else:
            release(connection, charge.id, outcome="lost, not charged", now=now)
            released.append(charge.reserved_credits)
    return charged, released


def _columns(result: Explained) -> dict[str, int]:
    return {
        "lost_settled_credits": result.charged_credits,
        "lost_released_credits": result.released_credits,
        "unexplained_credits": result.unexplained_credits,
        "price_difference_credits": result.price_difference_credits,
        "table_priced": result.table_priced,
    }
