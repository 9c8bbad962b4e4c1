"""Opening the ledger: one engine a process, one writer at a time, migrations applied on opening."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, insert, text
from sqlalchemy.exc import ProgrammingError

from include.domain.next_step import NextStep
from include.ledger.database.dialects import (
    LedgerError,
    engine_of,
    explain,
    lock_for_migrating,
    lock_for_writing,
    sqlite_file,
)
from include.ledger.database.process_id import this_process
from include.ledger.database.transactions import Transactions
from include.ledger.database.writer import WriterFile

__all__ = ["Ledger", "LedgerError", "open_ledger"]

HEAD = "0021"
"""The newest migration; a test compares it with Alembic's head."""


class Ledger:
    """A connection pool to the ledger's database, safe to share between threads."""

    def __init__(self, engine: Engine, transactions: Transactions) -> None:
        self._transactions = transactions
        self._writer = threading.Lock()
        self.process_id = this_process()
        file = sqlite_file(engine.url)
        self._note = WriterFile(file, self.process_id) if file else None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that no other writer of any process overlaps, committed at the end or rolled back."""
        with self._writer, self._transactions.begin(writes=True) as connection:
            lock_for_writing(connection)
            if self._note is None:
                yield connection
                return
            self._note.write()
            try:
                yield connection
            finally:
                self._note.clear()

    def close(self) -> None:
        """Closes all connections."""
        self._transactions.close()
        if self._note:
            self._note.close()

    def read(self) -> AbstractContextManager[Connection]:
        """A read-only transaction in which every statement sees the same moment."""
        return self._transactions.begin(writes=False)


@contextmanager
def open_ledger(url: str) -> Iterator[Ledger]:
    """Opens (and creates or migrates) the ledger at an SQLAlchemy URL.

    Raises LedgerError when the database cannot be reached or belongs to a newer version of this project.
    """
    engine = engine_of(url)
    transactions = Transactions(engine)
    try:
        _migrate(engine, transactions)
        ledger = Ledger(engine, transactions)
    except BaseException:
        transactions.close()
        raise
    try:
        yield ledger
    finally:
        ledger.close()


def _migrate(engine: Engine, transactions: Transactions) -> None:
    with transactions.begin(writes=False) as connection:
        if _version(connection) == HEAD:
            return
    try:
        with transactions.begin(writes=True) as connection:
            lock_for_migrating(connection)
            version = _version(connection)
            if version is None:
                _create(connection)
            elif version != HEAD:
                _upgrade(connection)
    except ProgrammingError as error:  # the user may not create tables
        raise explain(engine, error) from error


def _version(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _create(connection: Connection) -> None:
    """Creates the newest tables directly: the migrations give the same tables and take four times as long."""
    from include.ledger.database.models.base import Base
    from include.ledger.database.models.places import LockRow

    Base.metadata.create_all(connection, checkfirst=False)
    connection.execute(insert(LockRow).values(id=1))
    version = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
    version.create(connection)
    connection.execute(insert(version).values(version_num=HEAD))


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))  # the parser fills in what follows a %
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise LedgerError(
            f"the ledger was written by a newer version of this project ({error}); update it",
            next_step=NextStep.STOP_RUN,
        ) from error
