"""The vendor's account: its readings, and what the newest one leaves beside the ledger's own spending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, func, insert, select

from include.domain.clock import Clocks, credible
from include.kwery.models import Limits
from include.ledger.credits.spend_totals import totals
from include.ledger.database.models.spending import ReadingRow
from include.ledger.database.types import UtcInstant

_COMPARABLE = ReadingRow.clean & ReadingRow.credits_used.is_not(None)
_LIMITS = [field.name for field in fields(Limits)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Limits):
    """What the vendor said of the account at one moment, and what that explained."""

    id: int
    read_at: datetime
    ledger_settled_credits: int
    """What the ledger had settled just before."""
    clean: bool
    """True when no request was in flight around the reading, so that it explains lost charges."""
    lost_settled_credits: int | None
    lost_released_credits: int | None
    unexplained_credits: int | None
    """None, as the two before it, where the reading could explain nothing."""
    price_difference_credits: int | None
    table_priced: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Limits):
    """The newest reading and what it leaves; None where the vendor did not say."""

    read_at: datetime
    available_credits: int | None = None
    """Remaining at the reading, less all that was settled since and all that is reserved now."""


def account_of(connection: Connection) -> Account | None:
    """The account by its newest reading, or None when it was never read."""
    reading = newest_reading(connection)
    return None if reading is None else account_from(reading, *totals(connection))


def newest_reading(connection: Connection, *, comparable: bool = False) -> Reading | None:
    """The newest reading, or the newest `comparable` one; None when there is none."""
    statement = select(ReadingRow.__table__).order_by(ReadingRow.id.desc()).limit(1)
    row = connection.execute(statement.where(_COMPARABLE) if comparable else statement).one_or_none()
    return None if row is None else Reading(**row._mapping)


def comparable_readings(connection: Connection) -> list[Reading]:
    """The readings without a request in flight that gave the use of credits, oldest first."""
    statement = select(ReadingRow.__table__).where(_COMPARABLE).order_by(ReadingRow.id)
    return [Reading(**row._mapping) for row in connection.execute(statement)]


def account_from(reading: Reading | Row[Any], settled: int, reserved: int) -> Account:
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


def renewed_between(connection: Connection) -> tuple[datetime, datetime] | None:
    """The times of the two readings between which the account's use last restarted; None when it never did."""
    used = ReadingRow.credits_used
    before = func.lag(used, type_=BigInteger()).over(order_by=ReadingRow.id)
    since = func.lag(ReadingRow.read_at, type_=UtcInstant()).over(order_by=ReadingRow.id)
    readings = (
        select(ReadingRow.id, ReadingRow.read_at, used.label("used"), before.label("before"), since.label("since"))
        .where(used.is_not(None))
        .subquery()
    )
    statement = select(readings.c.since, readings.c.read_at).where(readings.c.used < readings.c.before)
    row = connection.execute(statement.order_by(readings.c.id.desc()).limit(1)).one_or_none()
    return (row.since, row.read_at) if row else None


def _reaches_further(plan: Row[*tuple[Any, ...]], before: Row[*tuple[Any, ...]]) -> bool:
    """True when `plan` has more days of history, or has another name and names no bound."""
    if None not in (plan.max_history_days, before.max_history_days):
        return bool(plan.max_history_days > before.max_history_days)
    renamed = None not in (plan.plan, before.plan) and plan.plan != before.plan
    return renamed and plan.max_history_days is None
