"""The vendor's account: its readings, and what the newest one leaves beside the ledger's own spending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from include.domain.clock import Clocks, credible
from include.kwery.models import Limits
from include.ledger.credits.spend_totals import totals
from include.ledger.database.models.spending import ReadingRow

_LIMITS = [field.name for field in fields(Limits)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Limits):
    """The newest reading of the account; None where the vendor did not say."""

    read_at: datetime
    available_credits: int | None = None
    """Remaining at the reading, less all that was settled since and all that is reserved now."""


def account_of(connection: Connection) -> Account | None:
    """The account by its newest reading, or None when it was never read."""
    statement = select(ReadingRow.__table__).order_by(ReadingRow.id.desc()).limit(1)
    reading = connection.execute(statement).one_or_none()
    return None if reading is None else account_from(reading, *totals(connection))


def account_from(reading: Row[Any], settled: int, reserved: int) -> Account:
    """A reading, with the credits of all time that are settled and reserved now."""
    available = None
    if reading.credits_remaining is not None:
        available = reading.credits_remaining - (settled - reading.ledger_settled_credits) - reserved
    limits = {name: getattr(reading, name) for name in _LIMITS}
    return Account(**limits, read_at=reading.read_at, available_credits=available)


def note_reading(
    connection: Connection,
    limits: Limits,
    settled_before: int,
    *,
    clean: bool,
    now: datetime,
    explained: Mapping[str, int] | None = None,
) -> None:
    """Stores a reading. `settled_before` is what the ledger had settled just before the request.

    `explained` are the columns of what the reading explained.
    """
    values = asdict(limits) | {"credits_remaining": _remaining(limits)} | dict(explained or {})
    own = {"read_at": now, "ledger_settled_credits": settled_before, "clean": clean}
    connection.execute(insert(ReadingRow).values(values | own))


def _remaining(limits: Limits) -> int | None:
    if limits.credits_remaining is None and limits.credits_limit is not None and limits.credits_used is not None:
        return max(0, limits.credits_limit - limits.credits_used)
    return limits.credits_remaining


def deeper_since(connection: Connection) -> datetime | None:
    """When the plan was first read as reaching further back than an earlier plan; None when it never grew."""
    key = (ReadingRow.plan, ReadingRow.max_history_days)
    newest = connection.execute(select(*key).order_by(ReadingRow.id.desc()).limit(1)).one_or_none()
    known = connection.execute(select(*key, func.max(ReadingRow.id).label("last")).group_by(*key)).all()
    shallower = [one.last for one in known if newest is not None and _reaches_further(newest, one)]
    if not shallower:
        return None
    moments = select(ReadingRow.read_at, ReadingRow.vendor_time).order_by(ReadingRow.id)
    reading = connection.execute(moments.where(ReadingRow.id > max(shallower)).limit(1)).one()
    return Clocks(reading.read_at, credible(reading.vendor_time)).for_rows


def _reaches_further(plan: Row[*tuple[Any, ...]], before: Row[*tuple[Any, ...]]) -> bool:
    """True when `plan` has more days of history, or has another name and names no bound."""
    if None not in (plan.max_history_days, before.max_history_days):
        return bool(plan.max_history_days > before.max_history_days)
    renamed = None not in (plan.plan, before.plan) and plan.plan != before.plan
    return renamed and plan.max_history_days is None
