"""Coverage as stored; its algebra is in `planning.windows.coverage`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, select

from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange
from include.kwery.answers.doubts import read_doubts
from include.ledger.database.chunks import chunks
from include.ledger.database.models.base import table_of
from include.ledger.database.models.known import CoverageRow
from include.planning.windows.coverage import Coverage, Covered

_KEY = ("symbol", "source", "interval")
_COLUMNS = (
    CoverageRow.symbol,
    CoverageRow.source,
    CoverageRow.interval,
    CoverageRow.start,
    CoverageRow.end,
    CoverageRow.observed_at,
    CoverageRow.found,
    CoverageRow.empty_reads,
    CoverageRow.doubts,
)
_ROWS_AT_ONCE = 1000
_STRETCHES_KEPT = 4096
_Entries = Select[str, str, str, datetime, datetime, datetime, Any, int, Any]


def coverage_of(connection: Connection, series: Iterable[Series] | None = None) -> dict[Series, list[Covered]]:
    """Every entry of the given series, or of all, in time order."""
    statement: _Entries = select(*_COLUMNS).order_by(CoverageRow.start)
    if series is None:
        return _read(connection, statement)
    wanted = {(one.symbol, one.source, one.interval.value): one for one in series}
    symbols = list(dict.fromkeys(one.symbol for one in wanted.values()))
    found: dict[Series, list[Covered]] = {}
    for some in chunks(symbols):
        found |= _read(connection, statement.where(CoverageRow.symbol.in_(some)), wanted)
    return found


def unconfirmed_since(connection: Connection, start: datetime, read_since: datetime) -> dict[Series, list[Covered]]:
    """Entries of all series whose silence is in doubt, that end after `start` or were read since `read_since`."""
    unconfirmed = (CoverageRow.found == "empty") & (CoverageRow.empty_reads == 0)
    recent = (CoverageRow.end > start) | (CoverageRow.observed_at >= read_since)
    return _read(connection, select(*_COLUMNS).where(unconfirmed, recent).order_by(CoverageRow.start))


def _read(
    connection: Connection, statement: _Entries, wanted: Mapping[tuple[str, str, str], Series] | None = None
) -> dict[Series, list[Covered]]:
    """The entries by series, of `wanted` series only; their objects are used as keys."""
    found: dict[tuple[str, str, str], list[Covered]] = defaultdict(list)
    stretch = lru_cache(_STRETCHES_KEPT)(TimeRange)  # series that are read together share their stretches
    rows = chain.from_iterable(connection.execute(statement).partitions(_ROWS_AT_ONCE))
    for symbol, source, interval, start, end, observed_at, what, empty_reads, doubts in rows:
        key = (symbol, source, interval)
        if wanted is None or key in wanted:
            found[key].append(Covered(stretch(start, end), observed_at, what, empty_reads, read_doubts(doubts)))
    if wanted is not None:
        return {wanted[key]: entries for key, entries in found.items()}
    return {Series(key[0], key[1], Interval(key[2])): entries for key, entries in found.items()}


def replace_coverage(connection: Connection, entries: Coverage) -> None:
    """Replaces the stored coverage of the given series."""
    if not entries:
        return
    keys = [(series.symbol, series.source, series.interval.value) for series in entries]
    of_series = (getattr(CoverageRow, name) == bindparam(f"of_{name}") for name in _KEY)
    connection.execute(
        delete(table_of(CoverageRow)).where(*of_series),
        [{f"of_{name}": value for name, value in zip(_KEY, key, strict=True)} for key in keys],
    )
    rows = [
        dict(zip(_KEY, key, strict=True))
        | {
            "start": entry.stretch.start,
            "end": entry.stretch.end,
            "observed_at": entry.observed_at,
            "found": entry.found,
            "empty_reads": entry.empty_reads,
            "doubts": list(entry.doubts) or None,
        }
        for key, covered in zip(keys, entries.values(), strict=True)
        for entry in covered
    ]
    if rows:
        connection.execute(insert(CoverageRow), rows)
