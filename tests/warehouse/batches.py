"""Small batches to publish, and a model in plain Python of what the views must then show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pyarrow as pa

from include.warehouse import Warehouse
from include.warehouse.cluster import distributed_tables
from include.warehouse.tables import DQ, QUARANTINE

TABLES = tuple(name for name in distributed_tables() if name != "schema_migrations")
NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
WORD = pa.dictionary(pa.int32(), pa.string())
BUCKETS = pa.list_(
    pa.struct(
        [*((name, pa.string()) for name in ("symbol", "source", "interval")), ("timestamp", pa.timestamp("s", "UTC"))]
    )
)
ACCEPTED_TYPES = pa.schema(
    [
        ("timestamp", pa.timestamp("s", "UTC")),
        ("symbol", WORD),
        ("source", WORD),
        ("interval", WORD),
        ("open_interest", pa.float64()),
        ("open_interest_usd", pa.float64()),
        ("known_at", pa.timestamp("ms", "UTC")),
    ]
)


class Row(NamedTuple):
    """One accepted row; the first four name its key."""

    timestamp: datetime = NOON
    symbol: str = "BTC"
    source: str = "kalshi"
    interval: str = "1h"
    open_interest: float = 1.0
    open_interest_usd: float | None = None
    known_at: datetime = NOON

    @property
    def key(self) -> tuple[Any, ...]:
        return self[:4]

    @property
    def value(self) -> tuple[Any, ...]:
        return self[4:6]


def at(minutes: float) -> datetime:
    """A moment at which something was known, that much after noon."""
    return NOON + timedelta(minutes=minutes)


def accepted(rows: Iterable[Row]) -> pa.Table:
    return pa.Table.from_pylist([row._asdict() for row in rows], schema=ACCEPTED_TYPES)


QUARANTINE_TYPES = {
    "row_index": pa.int32(),
    "covers": BUCKETS,
    "rules": pa.list_(pa.string()),
    "known_at": pa.timestamp("ms", "UTC"),
}


def quarantine(
    *ids: str,
    batch_id: str = "b",
    rules: tuple[str, ...] = ("open_interest_is_numeric",),
    covers: Row | None = None,
) -> pa.Table:
    """Rejected rows; with `covers` each accounts for the bucket of that row."""
    buckets = [] if covers is None else [dict(zip(Row._fields[:4], covers.key, strict=True))]
    rows = [
        dict.fromkeys(QUARANTINE, "") | {"quarantine_id": one, "batch_id": batch_id, "row_index": 3, "known_at": NOON}
        | {"rules": list(rules), "raw": '{"open_interest": "n/a"}', "covers": buckets}
        for one in ids
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=pa.schema([(n, QUARANTINE_TYPES.get(n, pa.string())) for n in QUARANTINE]))


def dq(*rules: str, batch_id: str = "b", success: bool = True, validated_at: datetime = NOON) -> pa.Table:
    verdict = {"success": success, "errored": False, "element_count": 10, "unexpected_count": 0, "missing_count": None}
    rows = [
        dict.fromkeys(DQ, "")
        | {"validated_at": validated_at, "batch_id": batch_id, "rule": rule, "sample": None, "error": None}
        | verdict
        for rule in rules
    ]
    text = {name: pa.string() for name in DQ}
    counts = dict.fromkeys(("element_count", "unexpected_count", "missing_count"), pa.int64())
    types = text | counts | {"validated_at": pa.timestamp("ms", "UTC"), "success": pa.bool_(), "errored": pa.bool_()}
    return pa.Table.from_pylist(rows, schema=pa.schema(list(types.items())))


def publish(warehouse: Any, batch_id: str, rows: Iterable[Row]) -> Any:
    """Publishes rows that come with no findings."""
    return warehouse.publish(batch_id, accepted(rows), quarantine(), dq())


def current(rows: Iterable[Row]) -> list[Row]:
    """What open_interest must show, sorted: for each key the answer known last."""
    newest = {row.key: row for row in sorted(rows, key=lambda row: row.known_at)}
    return sorted(newest.values())


def history(rows: Iterable[Row]) -> list[Row]:
    """What open_interest_history must show, sorted: the answers that differ from the one known before."""
    changes: dict[tuple[Any, ...], list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.known_at):
        known = changes.setdefault(row.key, [])
        if not known or known[-1].value != row.value:
            known.append(row)
    return sorted((row for known in changes.values() for row in known), key=_by_key_and_time)


def shown(warehouse: Any, view: str) -> list[Row]:
    """What the view shows, sorted like the model."""
    columns = ", ".join(Row._fields)
    _, rows = warehouse.query_rows(f"SELECT {columns} FROM {warehouse.database}.{view}")
    return sorted((Row(*row) for row in rows), key=_by_key_and_time)


def sentences(warehouse: Warehouse, *marts: str) -> list[str]:
    """What the checks of these marts say. Those of all marts take a second, whatever there is to read."""
    return [str(sentence) for mart in marts for (sentence,) in warehouse._session.rows(f"checks/{mart}.sql")]


def _by_key_and_time(row: Row) -> tuple[Any, ...]:
    return (*row.key, row.known_at)


def reset_rows(warehouse: Warehouse, kept_as: str = "{}") -> None:
    """Empties the tables that have rows, so that cases may share one warehouse."""
    sql = f"SELECT name FROM system.tables WHERE database = '{warehouse.database}' AND total_rows > 0"
    filled = {name for (name,) in warehouse._session.client.query(sql).result_rows}
    for table in filled.intersection(map(kept_as.format, TABLES)):
        warehouse._session.command(f"TRUNCATE TABLE {warehouse.database}.{table} SYNC")


def stop_merges(warehouse: Warehouse, kept_as: str = "{}") -> None:
    """Leaves every copy of a row where it is, so that what is shown cannot owe anything to a merge."""
    for table in TABLES:
        warehouse._session.command(f"SYSTEM STOP MERGES {warehouse.database}.{kept_as.format(table)}")


def start_merges(warehouse: Warehouse) -> None:
    """Undoes `stop_merges`."""
    for table in TABLES:
        warehouse._session.command(f"SYSTEM START MERGES {warehouse.database}.{table}")
