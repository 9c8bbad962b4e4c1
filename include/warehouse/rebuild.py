"""Rebuilding rows beside the ones that people read, and exchanging them when all is done.

The rebuilt rows grow in a database of their own, in copies of the tables and by the same publishing. A crash before
the exchange changes nothing; each table is exchanged by one atomic statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from include.warehouse.days import store_all_days
from include.warehouse.errors import WarehouseError
from include.warehouse.session import Session

if TYPE_CHECKING:
    import pyarrow as pa


def shadow_database(database: str) -> str:
    """Where the rows of `database` are rebuilt."""
    return f"{database}_rebuild"


@contextmanager
def rebuilding(session: Session, pages: pa.Table) -> Iterator[Session]:
    """A session on empty tables; at the end of the block they replace the rows of `pages`, and only those.

    `pages` has page_path, symbol, interval and known_at (milliseconds, UTC) of every landed page that is published in
    the block. What others publish on a server meanwhile is carried over; the embedded engine lets nobody else in.

    On a cluster only an empty database is rebuilt, in place. Raises WarehouseError for one that has rows.
    """
    if session.cluster:
        _refuse_rows(session)
        yield session
        store_all_days(session)
        return
    shadow_name = shadow_database(session.database)
    session.run("rebuild/01_begin.sql", shadow=shadow_name)
    shadow = Session(session.client, shadow_name, directory=session.directory)
    if pages.num_rows:
        shadow.insert("replayed_pages", pages)
    yield shadow
    session.run("rebuild/02_keep_the_rest.sql", shadow=shadow_name)
    session.run("rebuild/03_exchange.sql", shadow=shadow_name)
    session.run("rebuild/04_carry_over.sql", shadow=shadow_name)
    session.run("rebuild/05_days.sql", shadow=shadow_name)
    session.run("rebuild/06_end.sql", shadow=shadow_name)


def _refuse_rows(session: Session) -> None:
    ((rows,),) = session.rows("rebuild/rows.sql")
    if rows:
        raise WarehouseError(
            f"database {session.database} on cluster {session.cluster} has rows, and tables of a cluster cannot be "
            "exchanged for rebuilt ones in one step; nothing was changed. Set CLICKHOUSE_DATABASE to a new name and "
            "replay into that; once it is complete let loads and readers use it"
        )
