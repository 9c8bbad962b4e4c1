"""Comparing the ledger with the account's own figure (rule 2), which `/v1/limits` gives for nothing.

A reading taken while no request was in flight explains what happened since the one before it: reservations whose
answer was lost are settled or released, and what is left is not this ledger's spending.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, func, select

from include.domain.clock import utc_now
from include.kwery.models import Limits
from include.ledger.credits.account import note_reading, totals
from include.ledger.credits.charges import lost, release, reserved, settle
from include.ledger.credits.price_drift import difference_since
from include.ledger.database.engine import Ledger
from include.ledger.database.models import CHARGED_BY_ACCOUNT, AccountReading, Charge

if TYPE_CHECKING:
    from include.settings import Prices


EXCESS_SHARE = 0.1
"""Lost answers may have cost this share more than was reserved for them; beyond it, another program used the key."""


@dataclass(frozen=True, slots=True)
class Before:
    """The ledger just before the account is read."""

    settled_credits: int
    quiet: bool
    last_charge_id: int
    served_for: timedelta
    """A request that departed less than this ago may still be served, whoever waits for its answer."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a reading explained, in credits."""

    charged_credits: int = 0
    """Lost reservations that turned out to be charged."""
    released: int = 0
    """How many lost reservations turned out to have cost nothing."""
    unexplained_credits: int = 0
    """The account's own use beyond what this ledger knows: another program with the same key, or a price change."""
    released_credits: int = 0
    price_difference_credits: int = 0
    """What pages cost beyond the price table; known from their headers, so no part of what is unexplained."""
    table_priced: int = 0
    """Pages that named no charge and were booked by the price table."""


def before_reading(ledger: Ledger, served_for: timedelta) -> Before:
    """Call right before asking `/v1/limits`; `served_for` is how long an answer may take."""
    with ledger.read() as connection:
        return _before(connection, utc_now(), served_for)


def note_account(ledger: Ledger, limits: Limits, before: Before, now: datetime, prices: Prices) -> Reconciled:
    """Stores the reading; when no request was in flight around it, settles or releases the lost reservations."""
    with ledger.write() as connection:
        after = _before(connection, now, before.served_for)
        clean = before.quiet and after.quiet and after.last_charge_id == before.last_charge_id
        result = _explain(connection, limits, now, prices, before.served_for) if clean else None
        settled = totals(connection)[0] if clean else before.settled_credits
        note_reading(connection, limits, settled, clean=clean, now=now, explained=_columns(result) if result else None)
        return result or Reconciled()


def _before(connection: Connection, now: datetime, served_for: timedelta) -> Before:
    gone = {charge.id for charge in lost(connection, now, served_for)}
    in_flight = {charge.id for charge in reserved(connection)} - gone
    newest = select(func.coalesce(func.max(Charge.id), 0)).where(Charge.reserved_credits > 0)
    return Before(totals(connection)[0], not in_flight, int(connection.execute(newest).scalar_one()), served_for)


def _explain(
    connection: Connection, limits: Limits, now: datetime, prices: Prices, served_for: timedelta
) -> Reconciled | None:
    """What happened since the last clean reading; None when the figures cannot tell."""
    baseline = _baseline(connection)
    if baseline is None or limits.credits_used is None:
        return None
    if limits.credits_used < baseline.credits_used:
        return None  # a new billing cycle began: nothing can be told from the difference
    known = totals(connection)[0] - baseline.ledger_settled_credits
    unknown = limits.credits_used - baseline.credits_used - known
    priced = difference_since(connection, prices, baseline.read_at)
    charged, released = _close_lost(connection, unknown, lost(connection, now, served_for), now)
    return Reconciled(
        charged_credits=charged,
        released=len(released),
        unexplained_credits=unknown - charged,
        released_credits=sum(released),
        price_difference_credits=priced.credits,
        table_priced=priced.table_priced,
    )


def _close_lost(connection: Connection, unknown: int, gone: Sequence[Charge], now: datetime) -> tuple[int, list[int]]:
    """Settles lost reservations out of `unknown` credits, releases the rest; (credits settled, each one released).

    What is left beyond them is theirs up to `EXCESS_SHARE`: an answer that was never seen may have held more rows
    than its limit.
    """
    charged = 0
    released = []
    for charge in gone:
        most = charge.reserved_credits
        if charge is gone[-1]:
            most += math.ceil(EXCESS_SHARE * sum(one.reserved_credits for one in gone))
        part = min(max(0, unknown - charged), most)
        if part:
            settle(connection, charge.id, part, source=CHARGED_BY_ACCOUNT, now=now, outcome="lost, charged")
            charged += part
        else:
            release(connection, charge.id, outcome="lost, not charged", now=now)
            released.append(charge.reserved_credits)
    return charged, released


def _baseline(connection: Connection) -> Row[Any] | None:
    statement = (
        select(AccountReading.__table__)
        .where(AccountReading.clean, AccountReading.credits_used.is_not(None))
        .order_by(AccountReading.id.desc())
        .limit(1)
    )
    return connection.execute(statement).one_or_none()


def _columns(result: Reconciled) -> dict[str, int]:
    return {
        "lost_settled_credits": result.charged_credits,
        "lost_released_credits": result.released_credits,
        "unexplained_credits": result.unexplained_credits,
        "price_difference_credits": result.price_difference_credits,
        "table_priced": result.table_priced,
    }


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """From the first clean reading of the cycle to the newest: `account_used` = `ledger_settled` + `unexplained`."""

    since: datetime
    until: datetime
    account_used: int
    ledger_settled: int
    lost_settled: int
    """Of `ledger_settled`: charges lost in crashes, found by the account's figure."""
    lost_released: int
    """Reservations lost in crashes that turned out to have cost nothing."""
    unexplained: int
    """Not this ledger's: another program with the same key, or prices that changed where answers name no charge."""
    price_differences: int
    """Of `ledger_settled`: what pages cost beyond the price table."""
    table_priced: int
    """Answers that named no charge and were booked by the price table."""


def reconciliation_of(connection: Connection) -> Reconciliation | None:
    """The newest billing cycle; None while no reading told the account's use with no request in flight."""
    cycle = _newest_cycle(_clean_readings(connection))
    if not cycle:
        return None
    first, last, explained = cycle[0], cycle[-1], cycle[1:]
    return Reconciliation(
        since=first.read_at,
        until=last.read_at,
        account_used=last.credits_used - first.credits_used,
        ledger_settled=last.ledger_settled_credits - first.ledger_settled_credits,
        lost_settled=_sum(explained, "lost_settled_credits"),
        lost_released=_sum(explained, "lost_released_credits"),
        unexplained=_sum(explained, "unexplained_credits"),
        price_differences=_sum(explained, "price_difference_credits"),
        table_priced=_sum(explained, "table_priced"),
    )


def _clean_readings(connection: Connection) -> Sequence[Row[Any]]:
    statement = (
        select(AccountReading.__table__)
        .where(AccountReading.clean, AccountReading.credits_used.is_not(None))
        .order_by(AccountReading.id)
    )
    return connection.execute(statement).all()


def _newest_cycle(readings: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """The readings from the last one that explains nothing: the very first, or the first of a billing cycle."""
    begins = [place for place, reading in enumerate(readings) if reading.unexplained_credits is None]
    return readings[begins[-1] :] if begins else readings


def _sum(readings: Sequence[Row[Any]], column: str) -> int:
    return sum(getattr(reading, column) or 0 for reading in readings)
