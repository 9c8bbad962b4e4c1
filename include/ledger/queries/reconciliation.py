"""The ledger beside the account over a billing cycle, as far as the readings explain it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from include.ledger.database.models.spending import ReadingRow


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """From the first clean reading of the cycle to the newest: `account_used` = `ledger_settled` + `unexplained`."""

    since: datetime
    until: datetime
    account_used: int
    ledger_settled: int
    lost_settled: int
    """Part of `ledger_settled`: charges lost in crashes, found by the account's figure."""
    lost_released: int
    """Reservations lost in crashes that cost nothing."""
    unexplained: int
    """Not spent by this ledger: another program with the same key, or a price change where answers name no charge."""
    price_differences: int
    """Part of `ledger_settled`: what pages cost beyond the price table."""
    table_priced: int
    """Answers that named no charge, so that the price table supplied it."""


def reconciliation_of(connection: Connection) -> Reconciliation | None:
    """The newest billing cycle; None before a reading gave the account's use without a request in flight."""
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
        select(ReadingRow.__table__)
        .where(ReadingRow.clean, ReadingRow.credits_used.is_not(None))
        .order_by(ReadingRow.id)
    )
    return connection.execute(statement).all()


def _newest_cycle(readings: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """The readings from the last one that explains nothing: the first of all, or the first of a billing cycle."""
    begins = [place for place, reading in enumerate(readings) if reading.unexplained_credits is None]
    return readings[begins[-1] :] if begins else readings


def _sum(readings: Sequence[Row[Any]], column: str) -> int:
    return sum(getattr(reading, column) or 0 for reading in readings)
