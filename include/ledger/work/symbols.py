"""The vendor's list of symbols over time: which are on it, since when, and which left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from include.domain.dataset import Dataset
from include.kwery.models import SymbolInfo
from include.ledger.database.models.base import table_of
from include.ledger.database.models.known import SymbolListRow, SymbolRow
from include.ledger.database.models.spending import ChargeRow
from include.ledger.database.models.work import WindowRow, WindowState
from include.planning.symbols import MISSING_LISTS, Listed

UNKNOWN_SYMBOL = "invalid_symbol"
"""The vendor's error code for a symbol that it does not know."""


def listed_symbols(connection: Connection, ended_after: datetime | None = None) -> dict[str, Listed]:
    """Every symbol ever listed; with `ended_after`, without those that left or became inactive before it."""
    symbols = table_of(SymbolRow).c
    statement = select(table_of(SymbolRow)).order_by(symbols.symbol)
    if ended_after is not None:
        is_listed = (symbols.missed < MISSING_LISTS) | (symbols.missing_since > ended_after)
        is_active = symbols.inactive_since.is_(None) | (symbols.inactive_since > ended_after)
        statement = statement.where(is_listed, is_active)
    return {row.symbol: _read(row) for row in connection.execute(statement)}


def listing_read_at(connection: Connection) -> datetime | None:
    """When the newest list was read; None before the first."""
    return connection.execute(select(func.max(SymbolListRow.read_at))).scalar()


def note_listing(connection: Connection, listing: Sequence[SymbolInfo], now: datetime, *, whole: bool = True) -> None:
    """Stores a list that was just read; it names at least one symbol.

    A list that is not `whole` proves no symbol missing.
    """
    before, known = _whole_list_read_at(connection), listed_symbols(connection)
    listed = {info.symbol: info for info in listing}
    new = [_new(info, now, before) for symbol, info in listed.items() if symbol not in known]
    if new:
        connection.execute(insert(SymbolRow), new)
    both = [(known[symbol], info) for symbol, info in listed.items() if symbol in known]
    _change(connection, (_details(info) for one, info in both if _differs(one, info)))
    back = {"missing_since": None, "missed": 0, "listed_since": now, "inactive_since": None}
    _change(connection, ({"symbol": one.symbol, **back} for one, _ in both if one.missing_since is not None))
    if whole:
        lacking = (one for symbol, one in known.items() if symbol not in listed and one.missed < MISSING_LISTS)
        _change(connection, [_missing(one, now) for one in lacking])
        connection.execute(update(SymbolRow).where(SymbolRow.missing_since.is_(None)).values(last_seen=now))
    else:
        _change(connection, [{"symbol": symbol, "last_seen": now} for symbol in listed])
    _note_read(connection, now, whole=whole)


def _whole_list_read_at(connection: Connection) -> datetime | None:
    return connection.execute(select(func.max(SymbolListRow.read_at)).where(SymbolListRow.whole)).scalar()


def _note_read(connection: Connection, now: datetime, *, whole: bool) -> None:
    """Earlier readings are deleted, except the newest whole one."""
    replaced = SymbolListRow.read_at.is_not(None) if whole else SymbolListRow.whole.is_(False)
    connection.execute(delete(SymbolListRow).where(replaced | (SymbolListRow.read_at == now)))
    connection.execute(insert(SymbolListRow).values(read_at=now, whole=whole))


def note_inactive(connection: Connection, symbols: Iterable[str], now: datetime) -> None:
    """Marks listed symbols as inactive: without a row for too long."""
    _change(connection, [{"symbol": symbol, "inactive_since": now} for symbol in symbols])


def unknown_since(connection: Connection, since: datetime) -> dict[str, list[datetime]]:
    """When the vendor refused windows since it did not know their symbol: one moment a run, by symbol."""
    when = func.max(WindowRow.closed_at).label("refused_at")
    statement = (
        select(WindowRow.symbol, when)
        .join(ChargeRow, ChargeRow.window_id == WindowRow.window_id)
        .where(
            WindowRow.state == WindowState.REFUSED, WindowRow.closed_at > since, ChargeRow.error_code == UNKNOWN_SYMBOL
        )
        .where(WindowRow.dataset == Dataset.OPEN_INTEREST)
        .group_by(WindowRow.symbol, WindowRow.run_id)
        .order_by(when)
    )
    found: dict[str, list[datetime]] = defaultdict(list)
    for row in connection.execute(statement):
        found[row.symbol].append(row.refused_at)
    return dict(found)


def _new(info: SymbolInfo, now: datetime, before: datetime | None) -> dict[str, Any]:
    seen = {"first_seen": now, "last_seen": now, "listed_since": now, "listed_after": before, "missed": 0}
    return _details(info) | seen


def _details(info: SymbolInfo) -> dict[str, Any]:
    return {
        "symbol": info.symbol,
        "name": info.name,
        "sources": list(info.sources),
        "intervals": list(info.intervals),
        "earliest_data": info.earliest_data,
    }


def _differs(listed: Listed, info: SymbolInfo) -> bool:
    was = (listed.name, listed.sources, listed.intervals, listed.earliest_data)
    return was != (info.name, info.sources, info.intervals, info.earliest_data)


def _missing(one: Listed, now: datetime) -> dict[str, Any]:
    return {"symbol": one.symbol, "missing_since": one.missing_since or now, "missed": one.missed + 1}


def _change(connection: Connection, changes: Iterable[Mapping[str, Any]]) -> None:
    """Updates rows by symbol; every change names the same columns."""
    rows = [{"of_symbol": change["symbol"], **change} for change in changes]
    if rows:
        statement = update(table_of(SymbolRow)).where(table_of(SymbolRow).c.symbol == bindparam("of_symbol"))
        connection.execute(statement.values({name: bindparam(name) for name in rows[0] if name != "of_symbol"}), rows)


def _read(row: Row[Any]) -> Listed:
    values = dict(row._mapping)
    return Listed(**values | {"sources": tuple(values["sources"]), "intervals": tuple(values["intervals"])})
