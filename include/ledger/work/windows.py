"""Windows: the shared queue of work. Whoever claims one holds a lease on it; a dead owner's lease is free at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, Update, bindparam, delete, insert, select, update
from sqlalchemy.orm import aliased

from include.domain.market import Interval, Stream
from include.kwery.answers.doubts import Doubt, read_doubts
from include.ledger.database.models import (
    ENDED_EARLY,
    OPEN_STATES,
    Batch,
    BatchState,
    Charge,
    LandedPage,
    Window,
    WindowState,
    table_of,
)
from include.ledger.database.process_id import is_dead, is_here

_PAGES = select(LandedPage.id).where(LandedPage.window_id == Window.window_id).exists()
_UNSETTLED_PAGES = (
    select(LandedPage.id)
    .outerjoin(Batch, Batch.batch_id == LandedPage.batch_id)
    .where(LandedPage.window_id == Window.window_id, Batch.state.is_(None) | (Batch.state != BatchState.SETTLED))
    .exists()
)
READ_STATES = (WindowState.LANDED, WindowState.SETTLED)
LEASE = timedelta(minutes=10)
"""How long a owner on another host may stay silent before its window may be taken over."""


class LeaseLost(Exception):
    """The window is not its reader's any more: another process has claimed it, or it was given up."""


class Lease(NamedTuple):
    """One claim of a window: whoever claims it next, also the same process, holds another one."""

    window_id: str
    owner: str
    claims: int


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """A window with work left, as read from the ledger."""

    window_id: str
    run_id: str
    lane: str
    stream: Stream
    start: datetime
    end: datetime
    limit: int
    expected_rows: int
    price_credits: int
    created_at: datetime
    planner: str | None
    state: WindowState
    owner: str | None
    lease_until: datetime | None
    claims: int
    next_sequence: int
    next_cursor: str | None
    resume_start: datetime | None
    rows: int
    doubts: tuple[Doubt, ...]
    note: str | None

    @property
    def label(self) -> str:
        return f"{self.stream.label} {self.start:%Y-%m-%d %H:%M}..{self.end:%Y-%m-%d %H:%M}"

    @property
    def lease(self) -> Lease:
        """The lease of a window that was claimed."""
        return Lease(self.window_id, self.owner or "", self.claims)

    def is_free(self, now: datetime) -> bool:
        """True when no living process works on it; whether one on another host lives, only its lease can tell."""
        if self.owner is None or is_dead(self.owner):
            return True
        return not is_here(self.owner) and self.lease_until is not None and self.lease_until < now

    def is_awaited(self, now: datetime) -> bool:
        """True while the run that planned it can be expected to read it."""
        if self.planner is not None and is_here(self.planner):
            return not is_dead(self.planner)
        return now < self.created_at + LEASE


@dataclass(frozen=True, slots=True)
class NewWindow:
    """What planning wants read."""

    stream: Stream
    start: datetime
    end: datetime
    limit: int
    expected_rows: int
    price_credits: int


def add(
    connection: Connection,
    run_id: str,
    lane: str,
    windows: Iterable[NewWindow],
    now: datetime,
    planner: str | None = None,
) -> list[str]:
    """Puts planned windows into the queue; returns their ids in order."""
    rows = [
        {
            "window_id": f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:10]}",
            "run_id": run_id,
            "lane": lane,
            "symbol": window.stream.symbol,
            "interval": window.stream.interval.value,
            "source": window.stream.source,
            "start": window.start,
            "end": window.end,
            "limit": window.limit,
            "expected_rows": window.expected_rows,
            "price_credits": window.price_credits,
            "created_at": now,
            "planner": planner,
            "state": WindowState.PLANNED,
        }
        for window in windows
    ]
    if rows:
        connection.execute(insert(Window), rows)
    return [str(row["window_id"]) for row in rows]


def open_windows(connection: Connection) -> list[OpenWindow]:
    """Every window with work left, oldest first; one that ended early counts until its coverage is written."""
    ended_early = _select(connection, Window.state.in_(ENDED_EARLY) & Window.settled_at.is_(None) & _PAGES)
    return sorted([*_select(connection, Window.state.in_(OPEN_STATES)), *ended_early], key=_by_age)


def ready_to_settle(connection: Connection, batch_id: str | None = None) -> list[OpenWindow]:
    """Windows whose reading has ended, whose pages are all in settled batches, and whose coverage is not written.

    With `batch_id` only those that have a page in this batch.
    """
    ready = Window.state.in_((WindowState.LANDED, *ENDED_EARLY)) & Window.settled_at.is_(None)
    if batch_id is not None:
        ready &= Window.window_id.in_(select(LandedPage.window_id).where(LandedPage.batch_id == batch_id))
    return _select(connection, ready & _PAGES & ~_UNSETTLED_PAGES)


def by_ids(connection: Connection, window_ids: Sequence[str]) -> list[OpenWindow]:
    """The named windows, whatever their state."""
    found: list[OpenWindow] = []
    for first in range(0, len(window_ids), 500):
        found += _select(connection, Window.window_id.in_(window_ids[first : first + 500]))
    return found


def planned_by(connection: Connection, run_id: str) -> list[OpenWindow]:
    """The windows that a run planned, whatever their state."""
    return _select(connection, Window.run_id == run_id)


def refused_in(connection: Connection, symbols: Sequence[str], start: datetime, end: datetime) -> list[OpenWindow]:
    """Refused windows of the symbols that touch `[start, end)`; the newest of each stretch only."""
    wanted, newer = set(symbols), aliased(Window)
    asked_since = (
        select(newer.window_id)
        .where(newer.symbol == Window.symbol, newer.interval == Window.interval)
        .where(newer.source.is_not_distinct_from(Window.source))
        .where(newer.start == Window.start, newer.end == Window.end, newer.created_at > Window.created_at)
    )
    refused = (Window.state == WindowState.REFUSED) & (Window.start < end) & (Window.end > start)
    found = _select(connection, refused & ~asked_since.exists())
    return [one for one in found if one.stream.symbol in wanted]


def read_by(connection: Connection, run_id: str, after_charge: int) -> list[OpenWindow]:
    """Windows read to their end with requests of the run that follow `after_charge`, whoever planned them."""
    asked = select(Charge.window_id).where(Charge.run_id == run_id, Charge.id > after_charge)
    return _select(connection, Window.state.in_(READ_STATES) & Window.window_id.in_(asked))


def claim(connection: Connection, window_id: str, owner: str, now: datetime) -> OpenWindow | None:
    """Takes the lease of a planned or half-read window; None when it is done or somebody living holds it."""
    found = _select(connection, Window.window_id == window_id)
    if not found:
        return None
    window = found[0]
    if window.state not in (WindowState.PLANNED, WindowState.READING):
        return None
    if window.owner != owner and not window.is_free(now):
        return None
    claimed = replace(window, state=WindowState.READING, owner=owner, lease_until=now + LEASE, claims=window.claims + 1)
    values = {name: getattr(claimed, name) for name in ("state", "owner", "lease_until", "claims")}
    connection.execute(update(Window).where(Window.window_id == window_id).values(values))
    return claimed


def is_held(connection: Connection, lease: Lease) -> bool:
    """True while the window is read under this lease."""
    return connection.execute(select(Window.window_id).where(_under(lease))).first() is not None


def renew_lease(connection: Connection, lease: Lease, now: datetime) -> datetime:
    """Until when the reader may go on. Raises LeaseLost."""
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
    now: datetime,
) -> None:
    """Moves a window past a committed page, from where its reader knows it, and prolongs its lease.

    Raises LeaseLost.
    """
    values = {
        **_named(window.lease),
        "at_sequence": window.next_sequence,
        "more": rows,
        "cursor": next_cursor,
        "lease": now + LEASE,
    }
    if connection.execute(_advance_statement(), values).rowcount == 0:
        raise LeaseLost(window.window_id)
    if doubts:
        _set_held(connection, window.lease, doubts=list(doubts), note=note)


@lru_cache(maxsize=1)
def _advance_statement() -> Update:
    window = table_of(Window).c
    return (
        update(table_of(Window))
        .where(window.window_id == bindparam("of_window"), window.state == WindowState.READING.value)
        .where(window.owner == bindparam("of_holder"), window.claims == bindparam("of_claims"))
        .where(window.next_sequence == bindparam("at_sequence"))
        .values(
            next_sequence=window.next_sequence + 1,
            next_cursor=bindparam("cursor"),
            rows=window.rows + bindparam("more"),
            lease_until=bindparam("lease"),
        )
    )


def resume_from(
    connection: Connection, lease: Lease, start: datetime, doubts: Sequence[Doubt], note: str | None
) -> None:
    """Continues a window without its cursor, from `start` (behaviour 47), with the doubts that it has now.

    Raises LeaseLost.
    """
    _set_held(connection, lease, next_cursor=None, resume_start=start, doubts=list(doubts), note=note)


def set_limit(connection: Connection, lease: Lease, limit: int) -> None:
    """Lowers the page size of what is still to be read, so that a resumed window asks the same question again.

    Raises LeaseLost.
    """
    _set_held(connection, lease, limit=limit)


def finish(connection: Connection, lease: Lease, state: WindowState, now: datetime, note: str | None = None) -> None:
    """Ends the reading of a window; the lease stays with the reader until its pages are settled. Raises LeaseLost."""
    about = {} if note is None else {"note": note}
    _set_held(connection, lease, state=state, closed_at=now, **about)


def close(connection: Connection, window_id: str, state: WindowState, now: datetime, note: str | None = None) -> None:
    """Ends a window that nobody reads, whose lease ends with it. One that was given up meanwhile stays given up."""
    values: dict[str, object] = {"state": state, "closed_at": now, "owner": None, "lease_until": None}
    if note is not None:
        values["note"] = note
    named = (Window.window_id == window_id) & (Window.state != WindowState.GIVEN_UP)
    connection.execute(update(Window).where(named).values(values))


def discard(connection: Connection, window_id: str) -> None:
    """Deletes a planned window that was never claimed; no request was ever made for it."""
    unread = (Window.window_id == window_id) & (Window.state == WindowState.PLANNED)
    connection.execute(delete(Window).where(unread))


def settle(connection: Connection, window: OpenWindow, note: str | None, now: datetime) -> None:
    """Ends a window whose coverage is written. One that ended early keeps its state, which says why."""
    if window.state is WindowState.LANDED:
        close(connection, window.window_id, WindowState.SETTLED, now, note)
    connection.execute(update(Window).where(Window.window_id == window.window_id).values(settled_at=now))


def give_up(connection: Connection, window_id: str, lost_rows: int, note: str, now: datetime) -> None:
    """Ends a window of which pages with so many rows are lost: what is left of it stays its own."""
    close(connection, window_id, WindowState.GIVEN_UP, now, note)
    connection.execute(update(Window).where(Window.window_id == window_id).values(rows=Window.rows - lost_rows))


def release_lease(connection: Connection, lease: Lease) -> None:
    """Gives a lease back, unless it is lost; reading that is unfinished continues at the committed cursor."""
    own = (Window.window_id == lease.window_id) & (Window.owner == lease.owner) & (Window.claims == lease.claims)
    connection.execute(update(Window).where(own).values(owner=None, lease_until=None))


def _set_held(connection: Connection, lease: Lease, **values: object) -> None:
    if connection.execute(update(Window).where(_under(lease)).values(values)).rowcount == 0:
        raise LeaseLost(lease.window_id)


def _under(lease: Lease) -> ColumnElement[bool]:
    held = (Window.owner == lease.owner) & (Window.claims == lease.claims)
    return (Window.window_id == lease.window_id) & (Window.state == WindowState.READING) & held


def _named(lease: Lease) -> dict[str, object]:
    return {"of_window": lease.window_id, "of_holder": lease.owner, "of_claims": lease.claims}


def _by_age(window: OpenWindow) -> tuple[datetime, datetime, str]:
    return window.created_at, window.start, window.window_id


def _select(connection: Connection, condition: ColumnElement[bool]) -> list[OpenWindow]:
    statement = select(Window.__table__).where(condition).order_by(Window.created_at, Window.start, Window.window_id)
    return [_read(row) for row in connection.execute(statement)]


def _read(row: Row[tuple[object, ...]]) -> OpenWindow:
    values: dict[str, Any] = dict(row._mapping)
    stream = Stream(str(values.pop("symbol")), Interval(values.pop("interval")), values.pop("source"))
    del values["closed_at"], values["settled_at"]
    values["state"] = WindowState(values["state"])
    values["doubts"] = read_doubts(values["doubts"])
    return OpenWindow(stream=stream, **values)
