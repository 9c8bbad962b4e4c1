"""What the warehouse holds of one cell: one bucket of one series."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from include.domain.market import Interval, Series
from include.warehouse.session import Session


@dataclass(frozen=True, slots=True)
class CellValue:
    """A value of the cell and the moment from which it was known, UTC; the newest one stands."""

    open_interest: float
    open_interest_usd: float | None
    known_at: datetime
    batch_id: str


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row in quarantine that accounts for the cell, with its text as received."""

    rules: tuple[str, ...]
    raw: str
    page_path: str
    row_index: int
    batch_id: str
    known_at: datetime


@dataclass(frozen=True, slots=True)
class RuleResult:
    """Whether a rule held in a batch."""

    batch_id: str
    rule: str
    success: bool


@dataclass(frozen=True, slots=True)
class StoredCell:
    """The cell's values, oldest first, and what explains them or their absence."""

    values: list[CellValue]
    derived: bool
    """Whether it is read off the 5m row of the same moment, whose values they are then."""
    quarantined: list[QuarantinedRow]
    rules: list[RuleResult]
    marts: list[str]
    """The marts that show the cell or compute with it."""


def read(session: Session, series: Series, at: datetime, batch_ids: Iterable[str]) -> StoredCell:
    """What is stored of the bucket at `at`, and how the batches that may hold it were judged."""
    of_cell = {"symbol": series.symbol, "source": series.source, "interval": series.interval.value, "at": at}
    values = _values(session, of_cell)
    derived = not values and bool(session.rows("open_interest/read/cell_derived.sql", of_cell)[0][0])
    if derived:
        values = _values(session, of_cell | {"interval": Interval.M5.value})
    batches = {"batch_ids": sorted({*batch_ids, *(value.batch_id for value in values)})}
    marts = session.rows("open_interest/read/cell_marts.sql", of_cell) if values else []
    return StoredCell(
        values=values,
        derived=derived,
        quarantined=[
            QuarantinedRow(tuple(rules), *rest) for rules, *rest in session.rows("read/cell_quarantine.sql", of_cell)
        ],
        rules=[RuleResult(*row) for row in session.rows("read/rules_of_batches.sql", batches)],
        marts=[f"{session.bi}.{name}" for name, uses in marts if uses],
    )


def _values(session: Session, of_cell: dict[str, Any]) -> list[CellValue]:
    return [CellValue(*row) for row in session.rows("open_interest/read/cell_values.sql", of_cell)]
