"""A batch on a cluster: audited before it is sent, then inserted through the tables over all shards.

Parts cannot be attached on many shards in one step, so a reader may see a part of a batch for a moment, and a crash may
leave one: publishing it again completes it. Equal rows collapse, whether or not the token finds them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from include.warehouse.publish_target import (
    Audit,
    PublishTarget,
    copies_refused,
    labelled,
    refusing_unfit_rows,
)
from include.warehouse.session import Session

if TYPE_CHECKING:
    import pyarrow as pa

BUCKET = ["symbol", "source", "interval", "timestamp"]
KEY = [*BUCKET, "known_at"]
EXAMPLES = 3


@contextmanager
def sharded(session: Session, batch_id: str, accepted: pa.Table) -> Iterator[PublishTarget]:
    """The batch, audited; nothing of it is stored before `show_history`. Raises WarehouseError."""
    audit = audited(batch_id, accepted)
    token = f"{batch_id}-{_digest(accepted)}"

    def insert(table: str, rows: pa.Table) -> None:
        with refusing_unfit_rows(batch_id):
            session.insert(table, rows, insert_deduplication_token=token)

    yield PublishTarget(
        audit,
        lambda: insert("open_interest_observations", labelled(accepted, batch_id)),
        lambda: insert("open_interest_current", accepted),
    )


def audited(batch_id: str, accepted: pa.Table) -> Audit:
    """What the batch holds; raises WarehouseError where a key comes twice for one time it was known."""
    import pyarrow.compute as pc

    keys = _plain(accepted.select(KEY)).group_by(KEY).aggregate([([], "count_all")])
    if keys.num_rows < accepted.num_rows:
        copies = keys.filter(pc.field("count_all") > 1).sort_by([(name, "ascending") for name in KEY])
        examples = [tuple(row.values()) for row in copies.slice(0, EXAMPLES).select([*KEY, "count_all"]).to_pylist()]
        raise copies_refused(batch_id, accepted.num_rows, keys.num_rows, examples)
    first, last = _first_and_last(accepted["timestamp"])

    def distinct(name: str) -> list[str]:
        return sorted(map(str, pc.unique(keys[name]).to_pylist()))

    return Audit(
        stored=accepted.num_rows,
        distinct_buckets=keys.group_by(BUCKET).aggregate([]).num_rows,
        sources=distinct("source"),
        intervals=distinct("interval"),
        symbols=distinct("symbol"),
        first=first,
        last=last,
    )


def _first_and_last(timestamps: pa.ChunkedArray[Any]) -> tuple[int, int]:
    """The earliest and the latest, in Unix seconds. Converted as times, they would have pyarrow import pandas."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: dict[str, int] = pc.min_max(timestamps.cast(pa.timestamp("s", "UTC")).cast(pa.int64())).as_py()  # type: ignore[assignment] # a struct of two
    return found["min"], found["max"]


def _plain(table: pa.Table) -> pa.Table:
    """Words instead of numbers that stand for words, of which each chunk may have its own."""
    import pyarrow as pa

    schema = pa.schema([(one.name, _plain_type(one.type)) for one in table.schema])
    return table.cast(schema)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _digest(rows: pa.Table) -> str:
    """Names the rows' content: a batch that was judged again must not be taken for the one before."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    plain = _plain(rows).combine_chunks()
    with pa.ipc.new_stream(sink, plain.schema) as stream:
        stream.write_table(plain)
    return hashlib.sha256(sink.getvalue()).hexdigest()[:16]
