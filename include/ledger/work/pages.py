"""Pages: committed with cursor and charge in one transaction, later grouped into batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, update

from include.domain.dataset import Dataset
from include.kwery.answers.doubts import Doubt
from include.kwery.models import Page
from include.ledger.credits import charges, page_charges
from include.ledger.credits.page_charges import Reader
from include.ledger.credits.spend_totals import add_rows
from include.ledger.database.chunks import chunks
from include.ledger.database.models.base import table_of
from include.ledger.database.models.spending import ChargeRow, LostPage
from include.ledger.database.models.work import BatchRow, BatchState, PageRow, WindowRow
from include.ledger.database.prepared import Prepared
from include.ledger.database.types import UtcInstant
from include.ledger.work import leases
from include.ledger.work.windows import LEASE, OpenWindow

_OF_OPEN_INTEREST = (
    select(WindowRow.window_id)
    .where(WindowRow.window_id == PageRow.window_id, WindowRow.dataset == Dataset.OPEN_INTEREST)
    .exists()
)
_REFS = select(
    PageRow.window_id,
    PageRow.sequence,
    PageRow.path,
    PageRow.sha256,
    PageRow.rows,
    PageRow.received_at,
    PageRow.observed_at,
    PageRow.charge_id,
    PageRow.batch_id,
    func.coalesce(PageRow.known_at, PageRow.received_at, type_=UtcInstant()).label("known_at"),
).order_by(PageRow.window_id, PageRow.sequence)
"""The columns of PageRef. Built once: building it for each query takes half the time of a small one."""
_NEXT = timedelta(milliseconds=1)
"""The resolution of known_at in the warehouse."""


_INSERTED = (
    *("window_id", "sequence", "charge_id", "path", "sha256", "rows"),
    *("received_at", "observed_at", "known_at"),
)


@dataclass(frozen=True, slots=True)
class PageRef:
    """A landed page as the ledger knows it."""

    window_id: str
    sequence: int
    path: str
    sha256: str
    rows: int
    received_at: datetime
    observed_at: datetime
    charge_id: int
    batch_id: str | None
    known_at: datetime


def commit(
    connection: Connection,
    window: OpenWindow,
    charge_id: int,
    path: str,
    sha256: str,
    page: Page,
    *,
    doubts: Sequence[Doubt],
    note: str | None,
    now: datetime,
    lease_until: datetime | None = None,
    reader: Reader | None = None,
) -> int:
    """Records a landed page, settles its charge and moves its window's cursor; returns the charge's id.

    `doubts` and `note` are the window's, this page's included. Where the ledger was restored to a time before the page
    was paid for, its charge is recorded in the name of `reader`. The lease is renewed to `lease_until`, or from `now`.

    Raises LeaseLost when the reader no longer holds the window; the caller's transaction then records nothing.
    """
    leases.advance(
        connection,
        window,
        rows=page.row_count,
        next_cursor=page.next_cursor,
        doubts=doubts,
        note=note,
        lease_until=lease_until or now + LEASE,
    )
    if reader is not None:
        charge_id = page_charges.own_charge(connection, charge_id, reader, window.window_id, window.next_sequence, page)
    register(connection, window.window_id, window.next_sequence, charge_id, path, sha256, page)
    was_open = charges.settle(
        connection,
        charge_id,
        page.charge_credits,
        source=page.charge_source.value,
        now=now,
        answered=page.clocks,
        rows=page.row_count,
    )
    if not was_open:
        add_rows(connection, charge_id, page.row_count)
    return charge_id


def register(
    connection: Connection, window_id: str, sequence: int, charge_id: int, path: str, sha256: str, page: Page
) -> None:
    """Records a landed page, without its charge and its window."""
    values = {
        "window_id": window_id,
        "sequence": sequence,
        "charge_id": charge_id,
        "path": path,
        "sha256": sha256,
        "rows": page.row_count,
        "received_at": page.received_at,
        "observed_at": page.observed_at,
        "known_at": page.known_at,
    }
    _insert_statement().change(connection, values)


def next_known_at(connection: Connection, window: OpenWindow, learned_at: datetime) -> datetime:
    """When the values of the window's next page count as learned: at `learned_at`, or just after older values.

    A page of another window over the same time may be dated after `learned_at`, by a clock that was ahead. Values that
    are learned after it are dated a millisecond later, so that they do not count as older.
    """
    stream = window.stream
    series = {
        "symbol": stream.symbol,
        "interval": stream.interval.value,
        "source": stream.source,
        "dataset": stream.dataset.value,
    }
    bounds = {"from": window.start, "until": window.end, "window_id": window.window_id, "learned_at": learned_at}
    latest: datetime | None = _latest_statement(stream.source is None).scalar(connection, series | bounds)
    return learned_at if latest is None else latest + _NEXT


@cache
def _insert_statement() -> Prepared:
    return Prepared(insert(table_of(PageRow)).values({name: bindparam(name) for name in _INSERTED}))


@cache
def _latest_statement(all_sources: bool) -> Prepared:
    """Looks up the window of each page found, since few pages are that new.

    A join could start from every window of the stream instead.
    """
    same = (WindowRow.symbol == bindparam("symbol")) & (WindowRow.interval == bindparam("interval"))
    same &= WindowRow.dataset == bindparam("dataset")
    if not all_sources:
        same &= WindowRow.source.is_(None) | (WindowRow.source == bindparam("source"))
    overlaps = (WindowRow.start < bindparam("until")) & (WindowRow.end > bindparam("from"))
    window = select(WindowRow.window_id).where(WindowRow.window_id == PageRow.window_id, same, overlaps)
    return Prepared(
        select(func.max(PageRow.known_at, type_=UtcInstant()))
        .where(PageRow.known_at >= bindparam("learned_at"), PageRow.window_id != bindparam("window_id"))
        .where(window.exists())
    )


def of_window(connection: Connection, window_id: str) -> list[PageRef]:
    """A window's pages in order."""
    return _select(connection, PageRow.window_id == window_id)


def of_windows(connection: Connection, window_ids: Sequence[str]) -> dict[str, list[PageRef]]:
    """The pages of each window, in order."""
    found: dict[str, list[PageRef]] = {}
    for some in chunks(window_ids):
        for ref in _select(connection, PageRow.window_id.in_(some)):
            found.setdefault(ref.window_id, []).append(ref)
    return found


def charge_of(connection: Connection, window_id: str, sequence: int) -> int | None:
    """The charge that paid for the page at this place of a window; None when no page is recorded."""
    at_place = (PageRow.window_id == window_id) & (PageRow.sequence == sequence)
    return connection.execute(select(PageRow.charge_id).where(at_place)).scalar()


def of_batch(connection: Connection, batch_id: str) -> list[PageRef]:
    """A batch's pages in order of window and sequence."""
    return _select(connection, PageRow.batch_id == batch_id)


def unbatched(connection: Connection) -> list[PageRef]:
    """Landed pages of open interest that are in no batch."""
    return _select(connection, PageRow.batch_id.is_(None) & _OF_OPEN_INTEREST)


def unsettled(connection: Connection) -> list[PageRef]:
    """Pages of open interest that are in no settled batch."""
    on_their_way = select(BatchRow.batch_id).where(BatchRow.state != BatchState.SETTLED)
    unsettled = PageRow.batch_id.is_(None) | PageRow.batch_id.in_(on_their_way)
    return _select(connection, unsettled & _OF_OPEN_INTEREST)


def landed_until(connection: Connection, until: datetime, count: int) -> list[PageRef]:
    """The newest pages received by `until`, at most `count`."""
    newest_first = select(PageRow.id).where(PageRow.received_at <= until).order_by(PageRow.received_at.desc())
    return _select(connection, PageRow.id.in_(newest_first.limit(count).scalar_subquery()))


def paths(connection: Connection) -> set[str]:
    """The paths of all pages that are not lost."""
    return set(connection.execute(select(PageRow.path)).scalars())


def lost_paths(connection: Connection) -> set[str]:
    """The paths of pages that are lost."""
    lost = connection.execute(select(ChargeRow.lost_path).where(ChargeRow.lost_path.is_not(None))).scalars()
    return {path for path in lost if path is not None}


def at_paths(connection: Connection, wanted: Sequence[str]) -> list[PageRef]:
    """The pages at these paths."""
    found: list[PageRef] = []
    for some in chunks(wanted):
        found += _select(connection, PageRow.path.in_(some))
    return found


def lose(connection: Connection, ref: PageRef) -> None:
    """Removes a page that is damaged or missing; its charge stays settled and keeps its path."""
    connection.execute(delete(PageRow).where(PageRow.window_id == ref.window_id, PageRow.sequence == ref.sequence))
    page_charges.note_lost_page(connection, ref.charge_id, LostPage.GIVEN_UP, ref.path)


def put_into_batch(connection: Connection, batch_id: str, window_ids: Sequence[str]) -> int:
    """Puts the windows' pages that are in no batch into this one; returns their row count."""
    for some in chunks(window_ids):
        free = PageRow.window_id.in_(some) & PageRow.batch_id.is_(None)
        connection.execute(update(PageRow).where(free).values(batch_id=batch_id))
    rows = select(func.coalesce(func.sum(PageRow.rows), 0)).where(PageRow.batch_id == batch_id)
    return int(connection.execute(rows).scalar_one())


def _select(connection: Connection, condition: ColumnElement[bool]) -> list[PageRef]:
    return [PageRef(**row._mapping) for row in connection.execute(_REFS.where(condition))]
