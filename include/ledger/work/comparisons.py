"""Coarse buckets compared with 5m snapshots, as stored; `planning` decides what they prove."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, delete, insert, select, tuple_

from include.domain.market import Interval, Series
from include.ledger.database.chunks import chunks
from include.ledger.database.models.base import table_of
from include.ledger.database.models.known import ComparisonRow
from include.planning.derived_intervals import ComparedDay

_AT_ONCE = 200
"""Days in one statement, of four variables each."""


def comparisons_of(connection: Connection) -> dict[Series, list[ComparedDay]]:
    """Every compared day by series, oldest first."""
    found: dict[Series, list[ComparedDay]] = defaultdict(list)
    for row in connection.execute(select(table_of(ComparisonRow)).order_by(ComparisonRow.day)):
        one = ComparedDay(date.fromisoformat(row.day), row.sampled, row.equal, row.difference)
        found[Series(row.symbol, row.source, Interval(row.interval))].append(one)
    return dict(found)


def note_comparisons(connection: Connection, compared: Mapping[Series, Sequence[ComparedDay]]) -> None:
    """Stores compared days; a day that was compared before is replaced."""
    table = table_of(ComparisonRow)
    rows = [
        {
            "symbol": series.symbol,
            "source": series.source,
            "interval": series.interval.value,
            "day": one.day.isoformat(),
            "sampled": one.sampled,
            "equal": one.equal,
            "difference": one.difference,
        }
        for series, days in compared.items()
        for one in days
    ]
    for some in chunks(rows, _AT_ONCE):
        keys = [(row["symbol"], row["source"], row["interval"], row["day"]) for row in some]
        named = tuple_(table.c.symbol, table.c.source, table.c.interval, table.c.day).in_(keys)
        connection.execute(delete(table).where(named))
        connection.execute(insert(table), some)
