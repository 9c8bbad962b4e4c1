"""The warehouse for queries that people write: nothing is written, and nothing of the host is reached.

The embedded engine is opened as a user without rights on files, network or other sources; what it knows no right for,
and all of it on a server, is refused by `readonly_sql.guard` before it runs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from include.readonly_sql.guard import Guard, QueryRefused
from include.settings import Settings
from include.warehouse import query
from include.warehouse.connect import embedded_directory, open_client, open_embedded, open_warehouse
from include.warehouse.embedded_reader import write_console_config
from include.warehouse.errors import QueryFailed
from include.warehouse.lock import file_lock
from include.warehouse.session import Session, plain_errors


class Reader:
    """Answers what people ask; get one from `open_reader`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._guard = Guard(self._ask)

    def query_rows(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Column names and rows; times are aware, UTC. Raises QueryFailed, also for what is not allowed."""
        return query.query_rows(self._session, self._accepted(sql))

    def query_json_lines(self, sql: str) -> Iterator[str]:
        """The answer as JSON, an object a line, streamed; integers are exact, times end in Z. Raises QueryFailed."""
        return query.query_json_lines(self._session, self._accepted(sql))

    def query_json_arrays(self, sql: str) -> Iterator[str]:
        """As `query_json_lines`, an array a line; the first one holds the names of the columns."""
        return query.query_json_arrays(self._session, self._accepted(sql))

    def _accepted(self, sql: str) -> str:
        try:
            return self._guard.accept(sql)
        except QueryRefused as refused:
            raise QueryFailed(str(refused)) from None

    def _ask(self, sql: str, parameters: dict[str, str]) -> Sequence[Sequence[Any]]:
        with plain_errors():
            return list(self._session.client.query(sql, parameters=parameters or None).result_rows)


@contextmanager
def open_reader(settings: Settings) -> Iterator[Reader]:
    """Opens the warehouse that the settings name, migrated, for one process's queries.

    Raises WarehouseError.
    """
    with open_warehouse(settings):
        pass  # migrated
    directory = embedded_directory(settings)
    with _embedded(settings, directory) if directory else closing(_server(settings)) as session:
        session.use_database()
        yield Reader(session)


@contextmanager
def _embedded(settings: Settings, directory: Path) -> Iterator[Session]:
    lock = directory.with_name(f"{directory.name}.lock")
    with (
        file_lock(lock, settings.warehouse.lock_timeout_seconds),
        tempfile.TemporaryDirectory(prefix="oi-sql-") as folder,
        closing(_session(settings, open_embedded(settings, write_console_config(settings, Path(folder))))) as session,
    ):
        yield session


def _server(settings: Settings) -> Session:
    return _session(settings, open_client(settings))


def _session(settings: Settings, client: Any) -> Session:
    return Session(query.make_read_only(client), settings.warehouse.database)
