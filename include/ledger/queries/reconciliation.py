"""The ledger beside the account over a billing cycle, as far as the readings explain it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from include.ledger.credits.account import Reading, comparable_readings


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
    cycle = _newest_cycle(comparable_readings(connection))
    if not cycle:
        return None
    first, last, explained = cycle[0], cycle[-1], cycle[1:]
    return Reconciliation(
        since=first.read_at,
        until=last.read_at,
        account_used=(last.credits_used or 0) - (first.credits_used or 0),
        ledger_settled=last.ledger_settled_credits - first.ledger_settled_credits,
        lost_settled=_sum(one.lost_settled_credits for one in explained),
        lost_released=_sum(one.lost_released_credits for one in explained),
        unexplained=_sum(one.unexplained_credits for one in explained),
        price_differences=_sum(one.price_difference_credits for one in explained),
        table_priced=_sum(one.table_priced for one in explained),
    )


def _newest_cycle(readings: Sequence[Reading]) -> Sequence[Reading]:
    """The readings from the last one that explains nothing: the first of all, or the first of a billing cycle."""
    begins = [place for place, reading in enumerate(readings) if reading.unexplained_credits is None]
    return readings[begins[-1] :] if begins else readings


def _sum(amounts: Iterable[int | None]) -> int:
    return sum(amount or 0 for amount in amounts)
