"""Sums over the whole ledger, for status pages."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, literal_column, select

from include.ledger.database.models.spending import SpendRow
from include.ledger.database.models.work import WindowRow


@dataclass(frozen=True, slots=True)
class MonthSpend:
    """One calendar month (UTC, `2026-03`) and lane."""

    month: str
    lane: str
    settled_credits: int
    reserved_credits: int
    requests: int
    rows: int


def spend_by_month(connection: Connection) -> list[MonthSpend]:
    """What each month and lane spent, newest month first."""
    month = func.substr(SpendRow.day, literal_column("1"), literal_column("7")).label("month")
    columns = (SpendRow.settled_credits, SpendRow.reserved_credits, SpendRow.requests, SpendRow.rows)
    sums = (func.sum(column) for column in columns)
    statement = select(month, SpendRow.lane, *sums).group_by(month, SpendRow.lane).order_by(month.desc(), SpendRow.lane)
    return [MonthSpend(month, lane, *map(int, amounts)) for month, lane, *amounts in connection.execute(statement)]


def windows_by_state(connection: Connection, run_id: str | None = None) -> dict[str, int]:
    """The number of windows in each state; only those that `run_id` planned, where it is given."""
    statement = select(WindowRow.state, func.count()).group_by(WindowRow.state)
    if run_id is not None:
        statement = statement.where(WindowRow.run_id == run_id)
    return {str(row[0]): int(row[1]) for row in connection.execute(statement)}
