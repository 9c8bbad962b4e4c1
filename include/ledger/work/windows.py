"""Windows: the queue of work that all processes share. `leases` has what the reader of a window may do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update
from sqlalchemy.orm import aliased

from include.domain.clock import DAY
from include.domain.dataset import Dataset
from include.domain.market import Interval, Stream
from include.kwery.answers.doubts import Doubt, read_doubts
from include.ledger.database.chunks import chunks
from include.ledger.database.models.spending import ChargeRow
from include.ledger.database.models.work import (
    ENDED_EARLY,
    OPEN_STATES,
    BatchRow,
    BatchState,
    PageRow,
    WindowRow,
    WindowState,
)
from include.ledger.database.prepared import Prepared
from include.ledger.database.process_id import is_dead, is_here

_PAGES = select(PageRow.id).where(PageRow.window_id == WindowRow.window_id).exists()
_UNSETTLED_PAGES = (
    select(PageRow.id)
    .outerjoin(BatchRow, BatchRow.batch_id == PageRow.batch_id)
    .where(PageRow.window_id == WindowRow.window_id, BatchRow.state.is_(None) | (BatchRow.state != BatchState.SETTLED))
    .exists()
)
READ_STATES = (WindowState.LANDED, WindowState.SETTLED)
LEASE = timedelta(minutes=10)
"""How long a reader on another host may be silent before its window may be taken over."""
_MOST_AHEAD = DAY
"""How much later a live reader's lease may end by another worker's clock, where the vendor's is not known."""


class Lease(NamedTuple):
    """One claim of a window. Whoever claims it next has another lease, even the same process."""

    window_id: str
    owner: str
    claims: int


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """A window as read from the ledger."""

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
        return _label_of(self.stream, self.start, self.end)

    @property
    def lease(self) -> Lease:
        """The lease of a window that was claimed."""
        return Lease(self.window_id, self.owner or "", self.claims)

    def is_free(self, now: datetime) -> bool:
        """True when no living process reads it. Of a process on another host only the lease shows whether it lives.

        A lease that ends later than any lease can was given by a clock that ran ahead.
        """
        if self.owner is None or is_dead(self.owner):
            return True
        if is_here(self.owner) or self.lease_until is None:
            return False
        return not now <= self.lease_until <= now + LEASE + _MOST_AHEAD

    def is_awaited(self, now: datetime) -> bool:
        """True while the run that planned it may still read it."""
        if self.planner is not None and is_here(self.planner):
            return not is_dead(self.planner)
        return now < self.created_at + LEASE


@lru_cache(maxsize=256)  # each page of a window reports its progress
def _label_of(stream: Stream, start: datetime, end: datetime) -> str:
    return f"{stream.label} {start:%Y-%m-%d %H:%M}..{end:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class NewWindow:
    """A window that planning wants read."""

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
    """Adds planned windows to the queue; returns their ids in order."""
    rows = [
        {
            "window_id": f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:10]}",
            "run_id": run_id,
            "lane": lane,
            "dataset": window.stream.dataset.value,
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
        connection.execute(insert(WindowRow), rows)
    return [str(row["window_id"]) for row in rows]


def open_windows(connection: Connection, dataset: Dataset = Dataset.OPEN_INTEREST) -> list[OpenWindow]:
    """Windows with work left, oldest first; one that ended early is among them until its coverage is written."""
    ended_early = WindowRow.state.in_(ENDED_EARLY) & WindowRow.settled_at.is_(None) & _PAGES
    work_left = (_select(connection, of) for of in (WindowRow.state.in_(OPEN_STATES), ended_early))
    return sorted((one for some in work_left for one in some if one.stream.dataset is dataset), key=_by_age)


def ready_to_settle(
    connection: Connection, *, batch_id: str | None = None, window_id: str | None = None
) -> list[OpenWindow]:
    """Windows whose reading has ended, whose pages are all in settled batches, and whose coverage is not written.

    With `batch_id` only those that have a page in this batch; with `window_id` this one, if it is ready.
    """
    ready = WindowRow.state.in_((WindowState.LANDED, *ENDED_EARLY)) & WindowRow.settled_at.is_(None)
    ready &= WindowRow.dataset == Dataset.OPEN_INTEREST
    if batch_id is not None:
        ready &= WindowRow.window_id.in_(select(PageRow.window_id).where(PageRow.batch_id == batch_id))
    if window_id is not None:
        ready &= WindowRow.window_id == window_id
    return _select(connection, ready & _PAGES & ~_UNSETTLED_PAGES)


def by_id(connection: Connection, window_id: str) -> OpenWindow | None:
    """The named window, whatever its state; None when there is none."""
    row = _by_id_statement().first(connection, {"window_id": window_id})
    return None if row is None else _read(row._asdict())


@cache
def _by_id_statement() -> Prepared:
    return Prepared(select(WindowRow.__table__).where(WindowRow.window_id == bindparam("window_id")))


def by_ids(connection: Connection, window_ids: Sequence[str]) -> list[OpenWindow]:
    """The named windows, whatever their state."""
    found: list[OpenWindow] = []
    for some in chunks(window_ids):
        found += _select(connection, WindowRow.window_id.in_(some))
    return found


def planned_by(connection: Connection, run_id: str) -> list[OpenWindow]:
    """The windows that a run planned, whatever their state."""
    return _select(connection, WindowRow.run_id == run_id)


def refused_in(connection: Connection, symbols: Sequence[str], start: datetime, end: datetime) -> list[OpenWindow]:
    """Refused windows of the symbols that overlap `[start, end)`; of equal windows the newest only."""
    wanted = set(symbols)
    refused = (WindowRow.state == WindowState.REFUSED) & (WindowRow.start < end) & (WindowRow.end > start)
    refused &= WindowRow.dataset == Dataset.OPEN_INTEREST
    found = _select(connection, refused & ~_planned_again())
    return [one for one in found if one.stream.symbol in wanted]


@cache
def _planned_again() -> ColumnElement[bool]:
    """That a later window is equal. It is composed once: an alias of a table takes milliseconds to make."""
    newer = aliased(WindowRow)
    equal = (
        select(newer.window_id)
        .where(newer.symbol == WindowRow.symbol, newer.interval == WindowRow.interval)
        .where(newer.source.is_not_distinct_from(WindowRow.source))
        .where(newer.start == WindowRow.start, newer.end == WindowRow.end, newer.created_at > WindowRow.created_at)
    )
    return equal.exists()


def read_by(connection: Connection, run_id: str, after_charge: int) -> list[OpenWindow]:
    """Windows, of any run, that this run's requests after `after_charge` read to their end."""
    requested = select(ChargeRow.window_id).where(ChargeRow.run_id == run_id, ChargeRow.id > after_charge)
    return _select(connection, WindowRow.state.in_(READ_STATES) & WindowRow.window_id.in_(requested))


def close(connection: Connection, window_id: str, state: WindowState, now: datetime, note: str | None = None) -> None:
    """Ends a window that nobody reads, and its lease. A window that was given up stays given up."""
    values: dict[str, object] = {"state": state, "closed_at": now, "owner": None, "lease_until": None}
    if note is not None:
        values["note"] = note
    named = (WindowRow.window_id == window_id) & (WindowRow.state != WindowState.GIVEN_UP)
    connection.execute(update(WindowRow).where(named).values(values))


def discard(connection: Connection, window_id: str) -> None:
    """Deletes a planned window that was never claimed, for which no request was made."""
    unread = (WindowRow.window_id == window_id) & (WindowRow.state == WindowState.PLANNED)
    connection.execute(delete(WindowRow).where(unread))


def settle(connection: Connection, window: OpenWindow, note: str | None, now: datetime) -> None:
    """Ends a window whose coverage is written. A window that ended early keeps its state, which says why."""
    if window.state is WindowState.LANDED:
        close(connection, window.window_id, WindowState.SETTLED, now, note)
    connection.execute(update(WindowRow).where(WindowRow.window_id == window.window_id).values(settled_at=now))


def give_up(connection: Connection, window_id: str, lost_rows: int, note: str, now: datetime) -> None:
    """Ends a window that lost pages with `lost_rows` rows in all; its other pages remain its own."""
    close(connection, window_id, WindowState.GIVEN_UP, now, note)
    connection.execute(
        update(WindowRow).where(WindowRow.window_id == window_id).values(rows=WindowRow.rows - lost_rows)
    )


def _by_age(window: OpenWindow) -> tuple[datetime, datetime, str]:
    return window.created_at, window.start, window.window_id


def _select(connection: Connection, condition: ColumnElement[bool]) -> list[OpenWindow]:
    statement = (
        select(WindowRow.__table__)
        .where(condition)
        .order_by(WindowRow.created_at, WindowRow.start, WindowRow.window_id)
    )
    return [_read(dict(row._mapping)) for row in connection.execute(statement)]


def _read(values: dict[str, Any]) -> OpenWindow:
    dataset = Dataset(values.pop("dataset"))
    stream = Stream(str(values.pop("symbol")), Interval(values.pop("interval")), values.pop("source"), dataset)
    del values["closed_at"], values["settled_at"]
    values["state"] = WindowState(values["state"])
    values["doubts"] = read_doubts(values["doubts"])
    return OpenWindow(stream=stream, **values)
