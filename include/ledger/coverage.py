"""Coverage as stored: what is known of each series (the algebra is planning's)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select

from include.kwery.contract import Interval, Series
from include.ledger.models import CoverageEntry
from include.planning.coverage import Covered
from include.planning.stretches import Stretch


def coverage_of(connection: Connection, series: Iterable[Series] | None = None) -> dict[Series, list[Covered]]:
    """Every entry of the series asked for (of all series by default), in time order."""
    wanted = None if series is None else set(series)
    found: dict[Series, list[Covered]] = defaultdict(list)
    statement = select(CoverageEntry.__table__).order_by(CoverageEntry.start)
    if wanted is not None:
        statement = statement.where(CoverageEntry.symbol.in_({one.symbol for one in wanted}))
    for row in connection.execute(statement):
        one = Series(row.symbol, row.source, Interval(row.interval))
        if wanted is None or one in wanted:
            found[one].append(Covered(Stretch(row.start, row.end), row.observed_at, row.found, row.empty_reads))
    return dict(found)


def replace_coverage(connection: Connection, entries: Mapping[Series, Sequence[Covered]]) -> None:
    """Stores the given series' coverage in place of what was there."""
    for series, covered in entries.items():
        key = {"symbol": series.symbol, "source": series.source, "interval": series.interval.value}
        connection.execute(
            delete(CoverageEntry).where(*(getattr(CoverageEntry, name) == value for name, value in key.items()))
        )
        rows = [
            key
            | {
                "start": entry.stretch.start,
                "end": entry.stretch.end,
                "observed_at": entry.observed_at,
                "found": entry.found,
                "empty_reads": entry.empty_reads,
            }
            for entry in covered
        ]
        if rows:
            connection.execute(insert(CoverageEntry), rows)
