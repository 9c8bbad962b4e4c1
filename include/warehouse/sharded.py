"""A batch on a cluster: audited before it is sent, then inserted through the tables over all shards.

Parts cannot be attached on many shards in one step, so a reader may see a part of a batch for a moment, and a crash may
leave one: publishing it again completes it. Equal rows collapse, whether or not the token finds them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from include.warehouse.audit import audited, plain
from include.warehouse.publish_target import PublishTarget, labelled, refusing_unfit_rows
from include.warehouse.session import Session

if TYPE_CHECKING:
    import pyarrow as pa


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


def _digest(rows: pa.Table) -> str:
    """Names the rows' content: a batch that was judged again must not be taken for the one before."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    words = plain(rows).combine_chunks()
    with pa.ipc.new_stream(sink, words.schema) as stream:
        stream.write_table(words)
    return hashlib.sha256(sink.getvalue()).hexdigest()[:16]
