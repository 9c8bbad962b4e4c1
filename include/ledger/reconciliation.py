"""The ledger beside the account over a billing cycle: what every reading in it explained, added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from include.ledger.models import AccountReading


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
