"""Sums over the whole ledger, for status pages."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, literal_column, select

from include.ledger.database.models.base import table_of
from include.ledger.database.models.spending import ReadingRow, RunRow, SpendRow
from include.ledger.database.models.work import WindowRow


def spend_by_month(connection: Connection) -> list[dict[str, Any]]:
    """A line a month and lane, newest month first."""
    month = func.substr(SpendRow.day, literal_column("1"), literal_column("7")).label("month")
    columns = (SpendRow.settled_credits, SpendRow.reserved_credits, SpendRow.requests, SpendRow.rows)
    sums = (func.sum(column).label(column.key) for column in columns)
    statement = select(month, SpendRow.lane, *sums).group_by(month, SpendRow.lane).order_by(month.desc(), SpendRow.lane)
    return [
        {"month": row.month, "lane": row.lane, **{column.key: int(row._mapping[column.key]) for column in columns}}
        for row in connection.execute(statement)
    ]


def windows_by_state(connection: Connection, run_id: str | None = None) -> dict[str, int]:
    """How many windows are in each state; of those that one run planned, where it is named."""
    statement = select(WindowRow.state, func.count()).group_by(WindowRow.state)
    if run_id is not None:
        statement = statement.where(WindowRow.run_id == run_id)
    return {str(row[0]): int(row[1]) for row in connection.execute(statement)}


def last_runs(connection: Connection, count: int) -> list[dict[str, Any]]:
    """The newest runs first, without the plans and reports that are kept of them."""
    columns = [column for column in table_of(RunRow).columns if column.name not in ("priced", "outcome")]
    statement = select(*columns).order_by(RunRow.started_at.desc()).limit(count)
    return [dict(row._mapping) for row in connection.execute(statement)]


def newest_reading(connection: Connection) -> dict[str, Any] | None:
    """The account as last read, or None."""
    row = connection.execute(select(ReadingRow.__table__).order_by(ReadingRow.id.desc()).limit(1)).first()
    return None if row is None else dict(row._mapping)
