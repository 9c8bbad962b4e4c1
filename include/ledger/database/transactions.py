"""Transactions of a ledger's database, begun and ended as each database needs it."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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
        self._on_server = is_postgresql(engine)
        # A database in memory belongs to its thread, so that its connections are not kept.
        self._idle: deque[Connection] | None = deque() if sqlite_file(engine.url) else None

    def begin(self, *, writes: bool) -> AbstractContextManager[Connection]:
        """A transaction that is committed at the end of the block, or rolled back at an error.

        On PostgreSQL every statement of one that reads sees the same moment, as on SQLite. Raises LedgerError when the
        database cannot be used.
        """
        return self._on_postgresql(writes) if self._on_server else _OnSqlite(self._engine, self._idle, writes)

    def close(self) -> None:
        """Closes all connections."""
        while self._idle:
            self._idle.pop().close()
        self._engine.dispose()

    @contextmanager
    def _on_postgresql(self, writes: bool) -> Iterator[Connection]:
        view = {} if writes else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        try:
            with self._engine.connect().execution_options(**view) as connection, connection.begin():
                yield connection
        except DBAPIError as error:
            _raise_if_unusable(self._engine, error)
            raise


class _OnSqlite:
    """One transaction on SQLite. A class: a generator takes longer than a statement, and each page passes four."""

    __slots__ = ("_begin", "_connection", "_engine", "_idle")

    def __init__(self, engine: Engine, idle: deque[Connection] | None, writes: bool) -> None:
        """`idle` are connections to use again; None where each is closed after its transaction."""
        self._engine = engine
        self._idle = idle
        self._begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    def __enter__(self) -> Connection:
        try:
            self._connection = connection = self._taken()
            if not connection.in_transaction():
                connection.begin()  # for SQLAlchemy alone: else it would begin and end one for a single statement
            self._on_driver(lambda driver: driver.execute(self._begin), self._begin)
        except DBAPIError as error:
            _raise_if_unusable(self._engine, error)
            raise
        return connection

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._connection.close()  # which rolls back
            if isinstance(error, DBAPIError):
                _raise_if_unusable(self._engine, error)
            return
        try:
            self._on_driver(lambda driver: driver.commit(), "COMMIT")
        except DBAPIError as failed:
            _raise_if_unusable(self._engine, failed)
            raise
        if self._idle is None:
            self._connection.close()
        else:
            self._idle.append(self._connection)

    def _taken(self) -> Connection:
        """The connection that was used last, which has most of the database's pages in its cache, or a new one."""
        try:
            # Another thread may take the last one between a look and this line.
            return self._engine.connect() if self._idle is None else self._idle.pop()
        except IndexError:
            return self._engine.connect()

    def _on_driver(self, execute: Callable[[Any], object], statement: str) -> None:
        """Raises what SQLAlchemy would raise of the statement, with the transaction rolled back."""
        try:
            execute(self._connection.connection.dbapi_connection)
        except BaseException as error:
            self._connection.close()
            if not isinstance(error, sqlite3.Error):
                raise
            dialect = self._engine.dialect
            raise DBAPIError.instance(statement, None, error, sqlite3.Error, dialect=dialect) from error


def _raise_if_unusable(engine: Engine, error: DBAPIError) -> None:
    if is_unusable(error):
        raise explain(engine, error) from error
