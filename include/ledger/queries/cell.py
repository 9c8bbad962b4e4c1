"""What the ledger knows of one cell: one bucket of one series."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from include.domain.market import Series
from include.kwery.answers.doubts import Doubt, read_doubts
from include.ledger.database.models.spending import ChargeRow
from include.ledger.database.models.work import BatchRow, PageRow, WindowRow


@dataclass(frozen=True, slots=True)
class CellWindow:
    """A window that covers the cell; `source` is None where all sources were requested at once."""

    window_id: str
    run_id: str
    lane: str
    source: str | None
    start: datetime
    end: datetime
    state: str
    created_at: datetime
    doubts: tuple[Doubt, ...]
    note: str | None


@dataclass(frozen=True, slots=True)
class CellPage:
    """A landed page of such a window, with the request that paid for it; `batch_id` is None until it is validated."""

    window_id: str
    sequence: int
    path: str
    sha256: str
    rows: int
    received_at: datetime
    known_at: datetime
    batch_id: str | None
    batch_state: str | None
    batch_note: str | None
    requested_at: datetime | None
    charged_credits: int | None
    charge_source: str | None


def windows_about(connection: Connection, series: Series, at: datetime) -> list[CellWindow]:
    """Every window that covers the bucket at `at`, oldest first."""
    statement = (
        select(WindowRow.__table__).where(_covers(series, at)).order_by(WindowRow.created_at, WindowRow.window_id)
    )
    return [
        CellWindow(
            row.window_id,
            row.run_id,
            row.lane,
            row.source,
            row.start,
            row.end,
            str(row.state),
            row.created_at,
            read_doubts(row.doubts),
            row.note,
        )
        for row in connection.execute(statement)
    ]


def pages_about(connection: Connection, series: Series, at: datetime) -> list[CellPage]:
    """Every landed page of those windows, oldest first; any of them may hold the row."""
    statement = (
        select(
            PageRow.window_id,
            PageRow.sequence,
            PageRow.path,
            PageRow.sha256,
            PageRow.rows,
            PageRow.received_at,
            PageRow.known_at,
            PageRow.batch_id,
            BatchRow.state.label("batch_state"),
            BatchRow.note.label("batch_note"),
            ChargeRow.requested_at,
            ChargeRow.charged_credits,
            ChargeRow.charge_source,
        )
        .join(WindowRow, WindowRow.window_id == PageRow.window_id)
        .outerjoin(ChargeRow, ChargeRow.id == PageRow.charge_id)
        .outerjoin(BatchRow, BatchRow.batch_id == PageRow.batch_id)
        .where(_covers(series, at))
        .order_by(PageRow.received_at, PageRow.id)
    )
    return [
        CellPage(**{**row._mapping, "known_at": row.known_at or row.received_at})
        for row in connection.execute(statement)
    ]


def _covers(series: Series, at: datetime) -> ColumnElement[bool]:
    of_stream = (WindowRow.symbol == series.symbol) & (WindowRow.interval == series.interval.value)
    of_source = (WindowRow.source == series.source) | WindowRow.source.is_(None)
    return of_stream & of_source & (WindowRow.start <= at) & (WindowRow.end > at)
