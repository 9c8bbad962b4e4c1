"""Where a batch waits for its audit: two tables of its own, named after it, gone when it is published."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from include.domain.clock import DAY
from include.warehouse.session import Session

STALE_AFTER = DAY
"""A stage this old belongs to a run that died; younger ones may be another worker's."""


def stage_name(batch_id: str) -> str:
    """A table name for any batch id: readable, and unique by a hash of the whole id."""
    readable = re.sub(r"[^A-Za-z0-9]+", "_", batch_id)[:40].strip("_")
    return f"stage_{readable}_{hashlib.sha256(batch_id.encode()).hexdigest()[:10]}"


@contextmanager
def staged(session: Session, batch_id: str) -> Iterator[str]:
    """Fresh stage tables for the batch, dropped at the end; what a crash left is cleaned by the next one."""
    drop_stale_stages(session)
    stage = stage_name(batch_id)
    session.run("open_interest/publish/01_create_stage.sql", stage=stage)
    try:
        yield stage
    finally:
        session.run("open_interest/publish/05_drop_stage.sql", stage=stage)


def drop_stale_stages(session: Session, older_than: timedelta = STALE_AFTER) -> list[str]:
    """Drops the stage tables of runs that died, and returns their names."""
    age = {"database_name": session.database, "age_seconds": int(older_than.total_seconds())}
    names = [str(row[0]) for row in session.rows("open_interest/publish/stale_stages.sql", age)]
    for name in names:
        session.run("open_interest/publish/drop_table.sql", table=name)
    return names
