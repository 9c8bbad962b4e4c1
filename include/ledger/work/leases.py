"""Leases: a window is read by one process at a time, and every write of its reader checks that it still holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Connection, String, Update, bindparam, func, select, update

from include.domain.errors import Signal
from include.kwery.answers.doubts import Doubt
from include.ledger.database.models.base import table_of
from include.ledger.database.models.work import WindowRow, WindowState
from include.ledger.database.prepared import Prepared
from include.ledger.work.windows import LEASE, Lease, OpenWindow, by_id

_CLAIMED = ("state", "owner", "lease_until", "claims")


class LeaseLost(Signal):
    """The reader no longer holds the window: another process has claimed it, or it was given up."""


def claim(connection: Connection, window_id: str, owner: str, now: datetime) -> OpenWindow | None:
    """Leases a planned or half-read window; None when it needs no reading or a living process holds it."""
    window = by_id(connection, window_id)
    if window is None or window.state not in (WindowState.PLANNED, WindowState.READING):
        return None
    if window.owner != owner and not window.is_free(now):
        return None
    claimed = replace(window, state=WindowState.READING, owner=owner, lease_until=now + LEASE, claims=window.claims + 1)
    values = {name: getattr(claimed, name) for name in _CLAIMED}
    _claim_statement().change(connection, values | {"of_window": window_id})
    return claimed


def is_held(connection: Connection, lease: Lease) -> bool:
    """True while the window is read under this lease."""
    return _held_statement().first(connection, lease._asdict()) is not None


def renew_lease(connection: Connection, lease: Lease, now: datetime) -> datetime:
    """Renews a lease; returns its new end. Raises LeaseLost."""
    until = now + LEASE
    _set_held(connection, lease, lease_until=until)
    return until


def advance(
    connection: Connection,
    window: OpenWindow,
    *,
    rows: int,
    next_cursor: str | None,
    doubts: Sequence[Doubt],
    note: str | None,
    lease_until: datetime,
) -> None:
    """Moves a window past a committed page and renews its lease.

    `window` is as its reader knows it. Raises LeaseLost.
    """
    lease = window.lease
    values = {
        "of_window": lease.window_id,
        "of_owner": lease.owner,
        "of_claims": lease.claims,
        "at_sequence": window.next_sequence,
        "more": rows,
        "cursor": next_cursor,
        "lease": lease_until,
    }
    if _advance_statement().change(connection, values) == 0:
        raise LeaseLost(window.window_id)
    if doubts:
        _set_held(connection, lease, doubts=list(doubts), note=note)


def resume_from(
    connection: Connection, lease: Lease, start: datetime, doubts: Sequence[Doubt], note: str | None
) -> None:
    """Continues a window without its cursor, from `start` (behaviour 47). `doubts` and `note` are the window's.

    Raises LeaseLost.
    """
    _set_held(connection, lease, next_cursor=None, resume_start=start, doubts=list(doubts), note=note)


def set_limit(connection: Connection, lease: Lease, limit: int) -> None:
    """Lowers the page size of further requests, so that a resumed window repeats the same request.

    Raises LeaseLost.
    """
    _set_held(connection, lease, limit=limit)


def finish(connection: Connection, lease: Lease, state: WindowState, now: datetime, note: str | None = None) -> None:
    """Ends the reading of a window. The reader keeps the lease until the pages are settled. Raises LeaseLost."""
    values = {"of_window": lease.window_id, "of_owner": lease.owner, "of_claims": lease.claims}
    values |= {"ended": state, "now": now, "why": note}
    if _finish_statement().change(connection, values) == 0:
        raise LeaseLost(lease.window_id)


def release_lease(connection: Connection, lease: Lease) -> None:
    """Ends a lease; does nothing when it is lost. The next reader continues at the committed cursor."""
    held = (WindowRow.window_id == lease.window_id) & _by(lease)
    connection.execute(update(WindowRow).where(held).values(owner=None, lease_until=None))


def _set_held(connection: Connection, lease: Lease, **values: object) -> None:
    if connection.execute(update(WindowRow).where(_under(lease)).values(values)).rowcount == 0:
        raise LeaseLost(lease.window_id)


def _under(lease: Lease) -> ColumnElement[bool]:
    return (WindowRow.window_id == lease.window_id) & (WindowRow.state == WindowState.READING) & _by(lease)


def _by(lease: Lease) -> ColumnElement[bool]:
    return (WindowRow.owner == lease.owner) & (WindowRow.claims == lease.claims)


@cache
def _held_statement() -> Prepared:
    lease = Lease(bindparam("window_id"), bindparam("owner"), bindparam("claims"))  # type: ignore[arg-type] # filled in later
    return Prepared(select(WindowRow.window_id).where(_under(lease)))


@cache
def _claim_statement() -> Prepared:
    claimed = update(table_of(WindowRow)).where(table_of(WindowRow).c.window_id == bindparam("of_window"))
    return Prepared(claimed.values({name: bindparam(name) for name in _CLAIMED}))


@cache
def _finish_statement() -> Prepared:
    note = func.coalesce(bindparam("why", type_=String), table_of(WindowRow).c.note)
    return Prepared(_update_held().values(state=bindparam("ended"), closed_at=bindparam("now"), note=note))


def _update_held() -> Update:
    window = table_of(WindowRow).c
    return (
        update(table_of(WindowRow))
        .where(window.window_id == bindparam("of_window"), window.state == WindowState.READING.value)
        .where(window.owner == bindparam("of_owner"), window.claims == bindparam("of_claims"))
    )


@cache
def _advance_statement() -> Prepared:
    window = table_of(WindowRow).c
    return Prepared(
        _update_held()
        .where(window.next_sequence == bindparam("at_sequence"))
        .values(
            next_sequence=window.next_sequence + 1,
            next_cursor=bindparam("cursor"),
            rows=window.rows + bindparam("more"),
            lease_until=bindparam("lease"),
        )
    )
