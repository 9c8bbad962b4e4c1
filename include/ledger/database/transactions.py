"""Transactions of a ledger's database, begun and ended as each database needs it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from include.ledger.database.dialects import explain, is_postgresql, is_unusable, sqlite_file


class Transactions:
    """Opens transactions for any number of threads.

    Each page takes two of them. So connections to an SQLite file are kept between transactions, which begin and end on
    the driver itself: taking one from SQLAlchemy's pool, and its own begin and commit, cost more than a small
    transaction does. Connections to a server go through the pool, which sees whether they are still alive.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._keeps = sqlite_file(engine.url) is not None  # a database in memory belongs to its thread
        self._idle: deque[Connection] = deque()

    @contextmanager
    def begin(self, *, writes: bool) -> Iterator[Connection]:
        """A transaction that is committed at the end of the block, or rolled back at an error.

        On PostgreSQL every statement of one that reads sees the same moment, as on SQLite. Raises LedgerError when the
        database cannot be used.
        """
        try:
            with self._on_postgresql(writes) if is_postgresql(self._engine) else self._on_sqlite(writes) as connection:
                yield connection
        except DBAPIError as error:
            if not is_unusable(error):
                raise
            raise explain(self._engine, error) from error

    def close(self) -> None:
        """Closes all connections."""
        while self._idle:
            self._idle.pop().close()
        self._engine.dispose()

    @contextmanager
    def _on_postgresql(self, writes: bool) -> Iterator[Connection]:
        view = {} if writes else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._engine.connect().execution_options(**view) as connection, connection.begin():
            yield connection

    @contextmanager
    def _on_sqlite(self, writes: bool) -> Iterator[Connection]:
        connection = self._taken()
        driver: Any = connection.connection.dbapi_connection
        try:
            if not connection.in_transaction():
                connection.begin()  # for SQLAlchemy alone: else it would begin and end one for a single statement
            self._on_driver(driver.execute, "BEGIN IMMEDIATE" if writes else "BEGIN")
            yield connection
            self._on_driver(driver.commit)
        except BaseException:
            connection.close()  # which rolls back
            raise
        if self._keeps:
            self._idle.append(connection)
        else:
            connection.close()

    def _taken(self) -> Connection:
        """The connection that was used last has most of the database's pages in its cache."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.connect()

    def _on_driver(self, execute: Callable[..., object], *statement: str) -> None:
        dialect = self._engine.dialect
        driver: Any = dialect.loaded_dbapi
        try:
            execute(*statement)
        except driver.Error as error:
            said = statement[0] if statement else "COMMIT"
            raise DBAPIError.instance(said, None, error, driver.Error, dialect=dialect) from error
