"""Pages: committed with their cursor and charge in one transaction, later grouped into batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, select, update

from include.kwery.contract import Page
from include.ledger import charges, windows
from include.ledger.models import LandedPage, table_of


@dataclass(frozen=True, slots=True)
class PageRef:
    """Where a landed page lies."""

    window_id: str
    sequence: int
    path: str
    sha256: str
    rows: int
    received_at: datetime
    observed_at: datetime


def commit(
    connection: Connection,
    window_id: str,
    sequence: int,
    charge_id: int,
    path: str,
    sha256: str,
    page: Page,
    *,
    proven: bool,
    note: str | None,
    now: datetime,
) -> None:
    """Records a landed page, settles its charge and moves its window's cursor: all or nothing.

    A page that is recorded already is refused by the table's own key (IntegrityError).
    """
    connection.execute(
        insert(table_of(LandedPage)).values(
            window_id=window_id,
            sequence=sequence,
            charge_id=charge_id,
            path=path,
            sha256=sha256,
            rows=page.row_count,
            received_at=page.received_at,
            observed_at=page.vendor_time or page.received_at,
        )
    )
    charges.settle(connection, charge_id, page.charge_credits, source=page.charge_source.value, now=now)
    charges.count_rows(connection, charge_id, page.row_count)
    windows.advance(
        connection, window_id, rows=page.row_count, next_cursor=page.next_cursor, proven=proven, note=note, now=now
    )


def of_window(connection: Connection, window_id: str) -> list[PageRef]:
    """A window's pages in order."""
    return _select(connection, LandedPage.window_id == window_id)


def of_batch(connection: Connection, batch_id: str) -> list[PageRef]:
    """A batch's pages in order of window and sequence."""
    return _select(connection, LandedPage.batch_id == batch_id)


def unbatched(connection: Connection) -> list[PageRef]:
    """Landed pages that no batch has taken yet."""
    return _select(connection, LandedPage.batch_id.is_(None))


def put_into_batch(connection: Connection, batch_id: str, window_ids: Sequence[str]) -> int:
    """Gives the unbatched pages of the windows to a batch; returns their row count."""
    rows = 0
    for window_id in window_ids:
        free = (LandedPage.window_id == window_id) & LandedPage.batch_id.is_(None)
        rows += sum(connection.execute(select(LandedPage.rows).where(free)).scalars())
        connection.execute(update(LandedPage).where(free).values(batch_id=batch_id))
    return rows


def _select(connection: Connection, condition: ColumnElement[bool]) -> list[PageRef]:
    columns = (
        LandedPage.window_id,
        LandedPage.sequence,
        LandedPage.path,
        LandedPage.sha256,
        LandedPage.rows,
        LandedPage.received_at,
        LandedPage.observed_at,
    )
    statement = select(*columns).where(condition).order_by(LandedPage.window_id, LandedPage.sequence)
    return [PageRef(*row) for row in connection.execute(statement)]
