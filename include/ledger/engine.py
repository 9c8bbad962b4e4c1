"""Opening the ledger: one engine a process, one writer at a time, migrations applied on opening."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError

from include.ledger.holder import this_process

HEAD = "0005"
"""The newest migration; a test holds it equal to Alembic's own idea of the head."""
BUSY_TIMEOUT_SECONDS = 120


class LedgerError(Exception):
    """The ledger cannot be opened or used; the message says where it is and what to do."""


class Ledger:
    """A connection pool to the ledger's database; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = threading.Lock()
        self.holder = this_process()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that no other writer of any process overlaps; committed at the end, or rolled back."""
        with self._writer, self._reached(oi_write=True) as connection:
            if self._engine.dialect.name == "postgresql":
                connection.execute(text("SELECT id FROM ledger_lock WHERE id = 1 FOR UPDATE"))
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; writes nothing."""
        with self._reached() as connection:
            yield connection

    @contextmanager
    def _reached(self, **options: bool) -> Iterator[Connection]:
        try:
            with self._engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except OperationalError as error:
            raise LedgerError(
                f"the ledger at {self._engine.url.render_as_string(hide_password=True)} cannot be used: {error.orig}; "
                "nothing is half-written. See that the disk has room and that no other program holds the file, then "
                "run the same command again"
            ) from error

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def open_ledger(url: str) -> Iterator[Ledger]:
    """Opens (and creates or migrates) the ledger at an SQLAlchemy URL.

    Raises LedgerError when the database cannot be reached or belongs to a newer version of this project.
    """
    ledger = Ledger(_engine(url))
    try:
        _migrate(ledger._engine, url)
        yield ledger
    finally:
        ledger.close()


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_SECONDS}, pool_size=40)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # a paid charge must outlive a power cut
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("oi_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: Engine, url: str) -> None:
    try:
        with engine.connect() as connection:
            if _version(connection) == HEAD:
                return
        with engine.connect().execution_options(oi_write=True) as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(72950)"))
            if _version(connection) != HEAD:
                _upgrade(connection)
    except OperationalError as error:
        place = make_url(url).render_as_string(hide_password=True)
        raise LedgerError(
            f"the ledger at {place} cannot be opened: {error.orig}; check that the folder can be written or that the "
            "database is up, or set OI_LEDGER_URL"
        ) from error


def _version(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise LedgerError(f"the ledger was written by a newer version of this project ({error}); update it") from error
