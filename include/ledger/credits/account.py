"""The account as the vendor last gave it, and what that leaves beside the ledger's own figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from include.domain.clock import Clocks, credible
from include.kwery.models import Limits
from include.ledger.database.models import AccountReading, Spend


@dataclass(frozen=True, slots=True)
class Account:
    """The newest reading; None where the vendor did not say."""

    read_at: datetime
    plan: str | None
    credits_limit: int | None
    available_credits: int | None
    """Remaining at the reading, less all that was settled since and all that is reserved now."""
    requests_per_second: float | None
    requests_per_minute: float | None
    requests_per_hour: float | None
    max_rows_per_request: int | None
    max_history_days: int | None


def account_of(connection: Connection) -> Account | None:
    """The account by its newest reading, or None when it was never read."""
    statement = select(AccountReading.__table__).order_by(AccountReading.id.desc()).limit(1)
    reading = connection.execute(statement).one_or_none()
    return None if reading is None else account_from(reading, *totals(connection))


def account_from(reading: Row[Any], settled: int, reserved: int) -> Account:
    """A reading beside what is settled and reserved by now."""
    remaining = reading.credits_remaining
    return Account(
        read_at=reading.read_at,
        plan=reading.plan,
        credits_limit=reading.credits_limit,
        available_credits=(
            None if remaining is None else remaining - (settled - reading.ledger_settled_credits) - reserved
        ),
        requests_per_second=reading.requests_per_second,
        requests_per_minute=reading.requests_per_minute,
        requests_per_hour=reading.requests_per_hour,
        max_rows_per_request=reading.max_rows_per_request,
        max_history_days=reading.max_history_days,
    )


def totals(connection: Connection) -> tuple[int, int]:
    """(settled, reserved) credits over all months and lanes."""
    row = connection.execute(
        select(
            func.coalesce(func.sum(Spend.settled_credits), 0).label("settled"),
            func.coalesce(func.sum(Spend.reserved_credits), 0).label("reserved"),
        )
    ).one()
    return int(row.settled), int(row.reserved)


def note_reading(
    connection: Connection,
    limits: Limits,
    settled_before: int,
    *,
    clean: bool,
    now: datetime,
    explained: Mapping[str, int] | None = None,
) -> None:
    """Stores a reading; `settled_before` is what the ledger had settled just before the vendor was asked.

    `explained` has the columns that say what the reading explained.
    """
    remaining = limits.credits_remaining
    if remaining is None and limits.credits_limit is not None and limits.credits_used is not None:
        remaining = max(0, limits.credits_limit - limits.credits_used)
    connection.execute(
        insert(AccountReading).values(
            read_at=now,
            plan=limits.plan,
            credits_used=limits.credits_used,
            credits_limit=limits.credits_limit,
            credits_remaining=remaining,
            requests_per_second=limits.requests_per_second,
            requests_per_minute=limits.requests_per_minute,
            requests_per_hour=limits.requests_per_hour,
            max_rows_per_request=limits.max_rows_per_request,
            max_history_days=limits.max_history_days,
            vendor_time=limits.vendor_time,
            ledger_settled_credits=settled_before,
            clean=clean,
            **(explained or {}),
        )
    )


def deeper_since(connection: Connection) -> datetime | None:
    """When the first reading was made since which the plan reaches further back than one before.

    None where the plan never grew.
    """
    key = (AccountReading.plan, AccountReading.max_history_days)
    newest = connection.execute(select(*key).order_by(AccountReading.id.desc()).limit(1)).one_or_none()
    known = connection.execute(select(*key, func.max(AccountReading.id).label("last")).group_by(*key)).all()
    shallower = [one.last for one in known if newest is not None and _reaches_further(newest, one)]
    if not shallower:
        return None
    moments = select(AccountReading.read_at, AccountReading.vendor_time).order_by(AccountReading.id)
    reading = connection.execute(moments.where(AccountReading.id > max(shallower)).limit(1)).one()
    return Clocks(reading.read_at, credible(reading.vendor_time)).for_rows


def _reaches_further(plan: Row[*tuple[Any, ...]], before: Row[*tuple[Any, ...]]) -> bool:
    """True when `plan` is deeper than the one before, or a plan of another name whose depth is full or not told."""
    if None not in (plan.max_history_days, before.max_history_days):
        return bool(plan.max_history_days > before.max_history_days)
    renamed = None not in (plan.plan, before.plan) and plan.plan != before.plan
    return renamed and plan.max_history_days is None
