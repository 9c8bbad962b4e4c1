"""The warehouse for queries that people write: nothing is written, and nothing of the host is reached.

The embedded engine is opened as a user without rights on files, network or other sources; what it knows no right for,
and all of it on a server, is refused by `readonly_sql.guard` before it runs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from include.readonly_sql.guard import Guard, QueryRefused
from include.readonly_sql.limits import MOST_BYTES, advice, refuse_large_constant
from include.settings import Settings
from include.settings.warehouse import WarehouseSettings
from include.warehouse import query
from include.warehouse.connect import embedded_directory, lock_path, open_client, open_embedded, open_warehouse
from include.warehouse.embedded_reader import write_console_config
from include.warehouse.errors import QueryFailed, WarehouseUnreachable
from include.warehouse.lock import file_lock
from include.warehouse.migrate import is_migrated
from include.warehouse.session import Session, plain_errors

MOST_ROWS = 50_000
"""Rows of an answer that is shown as a table, which takes a second for each 2,000; what is streamed has no bound."""
EXPORT_FACTOR = 10
"""A streamed answer may take this much longer: it waits for whoever reads it."""


class Reader:
    """Answers what people ask, within the bounds of the settings; get one from `open_reader`."""

    def __init__(self, session: Session, bounds: WarehouseSettings) -> None:
        self._session = session
        self._guard = Guard(self._ask)
        self._bounds = bounds

    def query_rows(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Column names and rows, at most MOST_ROWS; times are aware, UTC.

        Raises QueryFailed, also where the statement is not allowed.
        """
        with _advised():
            self._bind(time_factor=1, most_rows=MOST_ROWS, most_bytes=MOST_BYTES)
            accepted = self._accepted(sql)
            _refuse_large_constant(self._session, accepted)
            return query.query_rows(self._session, accepted)

    def query_json_lines(self, sql: str) -> Generator[str]:
        """The answer as JSON, one object per line, streamed; integers are exact, times end in Z. Raises QueryFailed."""
        return self._streamed(query.query_json_lines, sql)

    def query_json_arrays(self, sql: str) -> Generator[str]:
        """As `query_json_lines`, an array a line; the first one holds the names of the columns."""
        return self._streamed(query.query_json_arrays, sql)

    def _streamed(self, ask: Callable[[Session, str], Generator[str]], sql: str) -> Generator[str]:
        with _advised():
            self._bind(time_factor=EXPORT_FACTOR, most_rows=0, most_bytes=0)
            accepted = self._accepted(sql)
            yield from ask(self._session, accepted)

    def _bind(self, *, time_factor: int, most_rows: int, most_bytes: int) -> None:
        """Sets the bounds of the next query and of the guard's questions about it; 0 means no bound.

        The query's own SETTINGS may change them for the query, not for those questions.

        They are the client's: with settings of a call the embedded engine does not stream, but collects the answer.
        """
        bounds = {
            "max_execution_time": self._bounds.query_timeout_seconds * time_factor,
            "max_memory_usage": self._bounds.query_memory_bytes,
            "max_result_rows": most_rows,
            "max_result_bytes": most_bytes,
            "timeout_overflow_mode": "throw",
            "result_overflow_mode": "throw",
        }
        with plain_errors():
            for name, value in bounds.items():
                self._session.client.set_client_setting(name, value)

    def _accepted(self, sql: str) -> str:
        try:
            return self._guard.accept(sql)
        except QueryRefused as refused:
            raise QueryFailed(str(refused)) from None

    def _ask(self, sql: str, parameters: dict[str, str]) -> Sequence[Sequence[Any]]:
        with plain_errors():
            return list(self._session.client.query(sql, parameters=parameters or None).result_rows)


def _refuse_large_constant(session: Session, accepted: str) -> None:
    try:
        refuse_large_constant(session.client, accepted)
    except QueryRefused as refused:
        raise QueryFailed(str(refused)) from None


@contextmanager
def _advised() -> Iterator[None]:
    """Adds the next step to the error of a query that its bounds ended."""
    try:
        yield
    except QueryFailed as error:
        if (next_step := advice(error.code)) is None:
            raise
        raise QueryFailed(f"{error}; {next_step}", error.code, error.name) from None


@contextmanager
def open_reader(settings: Settings) -> Iterator[Reader]:
    """Opens the warehouse that the settings name, migrated, for one process's queries.

    Raises WarehouseError.
    """
    with ExitStack() as stack:
        session = _opened(settings, stack)
        session.use_database()
        yield Reader(session, settings.warehouse)


def _opened(settings: Settings, stack: ExitStack) -> Session:
    """A session that only reads. The embedded engine opens slowly: it is opened for writing only where it must be."""
    directory = embedded_directory(settings)
    if directory is not None:
        with suppress(QueryFailed, WarehouseUnreachable), ExitStack() as attempt:
            session = attempt.enter_context(_embedded(settings, directory))
            if is_migrated(session):
                stack.push(attempt.pop_all())
                return session
    with open_warehouse(settings):
        pass  # migrated, and repaired where definitions were damaged
    return stack.enter_context(_embedded(settings, directory) if directory else closing(_server(settings)))


@contextmanager
def _embedded(settings: Settings, directory: Path) -> Iterator[Session]:
    with (
        file_lock(lock_path(directory), settings.warehouse.lock_timeout_seconds),
        tempfile.TemporaryDirectory(prefix="oi-sql-") as folder,
        closing(_session(settings, open_embedded(settings, write_console_config(settings, Path(folder))))) as session,
    ):
        yield session


def _server(settings: Settings) -> Session:
    return _session(settings, open_client(settings))


def _session(settings: Settings, client: Any) -> Session:
    return Session(query.make_read_only(client), settings.warehouse.database)
