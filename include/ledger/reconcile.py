"""Explaining lost reservations by the account's own figure (rule 2), which `/v1/limits` gives for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from include.kwery.contract import Limits
from include.ledger.account import note_reading, totals
from include.ledger.charges import lost, release, reserved, settle
from include.ledger.engine import Ledger
from include.ledger.models import AccountReading, Charge


@dataclass(frozen=True, slots=True)
class Before:
    """The ledger just before the account is read."""

    settled_credits: int
    quiet: bool
    last_charge_id: int


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a reading explained, in credits."""

    charged_credits: int = 0
    released: int = 0
    unexplained_credits: int = 0
    """The account's own use beyond what this ledger knows: another program with the same key, or a price change."""


def before_reading(ledger: Ledger) -> Before:
    """Call right before asking `/v1/limits`."""
    with ledger.read() as connection:
        return _before(connection)


def note_account(ledger: Ledger, limits: Limits, before: Before, now: datetime) -> Reconciled:
    """Stores the reading; when no request was in flight around it, settles or releases the lost reservations."""
    with ledger.write() as connection:
        after = _before(connection)
        clean = before.quiet and after.quiet and after.last_charge_id == before.last_charge_id
        result = _explain(connection, limits, now) if clean else Reconciled()
        settled = totals(connection)[0] if clean else before.settled_credits
        note_reading(connection, limits, settled, clean=clean, now=now)
        return result


def _before(connection: Connection) -> Before:
    in_flight = {charge.id for charge in reserved(connection)} - {charge.id for charge in lost(connection)}
    newest = connection.execute(select(func.coalesce(func.max(Charge.id), 0))).scalar_one()
    return Before(totals(connection)[0], not in_flight, int(newest))


def _explain(connection: Connection, limits: Limits, now: datetime) -> Reconciled:
    baseline = connection.execute(
        select(AccountReading.credits_used, AccountReading.ledger_settled_credits)
        .where(AccountReading.clean, AccountReading.credits_used.is_not(None))
        .order_by(AccountReading.id.desc())
        .limit(1)
    ).one_or_none()
    if baseline is None or limits.credits_used is None:
        return Reconciled()
    if (
        limits.credits_used < baseline.credits_used
    ):  # a new billing cycle began: nothing can be told from the difference
        return Reconciled()
    known = totals(connection)[0] - baseline.ledger_settled_credits
    unexplained = limits.credits_used - baseline.credits_used - known
    charged = released = 0
    for charge in lost(connection):
        part = min(max(0, unexplained - charged), charge.reserved_credits)
        if part:
            settle(connection, charge.id, part, source="account", now=now, outcome="lost, charged")
            charged += part
        else:
            release(connection, charge.id, outcome="lost, not charged", now=now)
            released += 1
    return Reconciled(charged, released, unexplained - charged)
