"""The databases of a ledger: how each is reached, how one process at a time writes, what its errors mean."""

from __future__ import annotations

import os
import re
import sqlite3
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, InternalError, OperationalError

from include.domain.display import shown_url
from include.domain.errors import OiError, UsageError
from include.domain.next_step import NextStep
from include.ledger.database.writer import writer_of

BUSY_TIMEOUT_SECONDS: float = 120
"""How long a writer waits for other writers."""
IDLE_TIMEOUT_SECONDS = 60
"""After this time without a statement PostgreSQL ends a transaction, so that a lost machine locks nobody out."""
CONNECT_TIMEOUT_SECONDS = 15
_UNREACHABLE = (OperationalError, InterfaceError, InternalError)
"""Raised by a database that is down, ends a session, or is full."""
_DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql+psycopg2",
    "postgresql+psycopg2": "postgresql+psycopg2",
    "postgres": "postgresql+psycopg2",
}
_WRONG_OPTION = re.compile(
    r'invalid ("?\w+"? value|value for parameter|integer value|port number)|definition of service|parse network address'
    r"|unrecognized configuration parameter|conflicting or redundant options"
)
"""What PostgreSQL and its client library say of a wrong value; an error has no code before the connection stands."""
_FORMS = (
    "Write sqlite:////path/to/ledger.db or postgresql+psycopg2://user:password@host:5432/database "
    "(percent-encode what is not a letter or a digit in a password)"
)


class LedgerError(OiError):
    """The ledger cannot be opened or used; a database that was down may be back at the next try."""

    next_step = NextStep.RETRY


class LedgerAddressInvalid(LedgerError, UsageError):
    """OI_LEDGER_URL names no database that a ledger can be kept in; the text shows no login."""

    next_step = NextStep.STOP_RUN


def engine_of(url: str) -> Engine:
    """The engine for an SQLAlchemy URL, without a connection unless it is in use.

    A process has one engine for each URL: it keeps the compiled statements, and dispose() closes its connections only.
    A forked process has engines of its own, since connections do not survive a fork.
    Raises LedgerAddressInvalid when no ledger can be kept there, LedgerError when its folder cannot be made.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            _make_folder(Path(parsed.database).parent)
            _refuse_folder(Path(parsed.database))
        return _sqlite_engine(parsed, os.getpid())
    try:
        engine = _postgresql_engine(parsed, os.getpid())
    except ImportError as error:
        raise LedgerAddressInvalid(
            f"OI_LEDGER_URL needs the package psycopg2, which cannot be imported ({error}); "
            "run .venv/bin/pip install psycopg2-binary"
        ) from None
    _check_options(engine)
    return engine


def is_postgresql(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"


def lock_for_writing(connection: Connection) -> None:
    """Waits until no other process writes; SQLite took its lock when the transaction began."""
    if is_postgresql(connection.engine):
        connection.execute(text("SELECT id FROM ledger_lock WHERE id = 1 FOR UPDATE"))


def lock_for_migrating(connection: Connection) -> None:
    """As `lock_for_writing`, for a database that may have no table yet."""
    if is_postgresql(connection.engine):
        connection.execute(text("SELECT pg_advisory_xact_lock(72950)"))


def is_unusable(error: DBAPIError) -> bool:
    """True when the database cannot be used; False when it only refuses one statement."""
    never_reached = error.statement is None
    return never_reached or isinstance(error, _UNREACHABLE) or type(error) is DatabaseError


def explain(engine: Engine, error: DBAPIError) -> LedgerError:
    """The database's error without the password, and the next step."""
    said = " ".join(str(error.orig).split()).rstrip(".")
    place = shown_url(engine.url.render_as_string(hide_password=True))
    if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
        return LedgerError(_busy(engine, place))
    if is_postgresql(engine) and _WRONG_OPTION.search(said):
        return _option_invalid(said)
    return LedgerError(f"the ledger at {place} cannot be used: {said}; nothing is half-written. {_next_step(engine)}")


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite ledger; None on a server, and in memory."""
    is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return Path(str(url.database)) if is_file else None


def _busy(engine: Engine, place: str) -> str:
    file = sqlite_file(engine.url)
    writer = writer_of(file) if file else None
    who = writer.sentence if writer else "another program has locked the file: see which has it open, and close it"
    return (
        f"the ledger at {place} has been locked by another writer for longer than the {BUSY_TIMEOUT_SECONDS:g} s that "
        f"this process waits: {who}. Then run the same command again; nothing is half-written"
    )


def _next_step(engine: Engine) -> str:
    if is_postgresql(engine):
        return (
            "See that the server is up and that OI_LEDGER_URL names a database that exists, with a user who may log in "
            "and create tables there, then run the same command again"
        )
    return (
        "See that the disk has room, that the folder can be written and that no other program holds the file (or set "
        "OI_LEDGER_URL), then run the same command again. Restore a damaged file from a backup"
    )


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # its text may hold the password
        raise LedgerAddressInvalid(f"OI_LEDGER_URL is not a database URL. {_FORMS}") from None
    if "\0" in unquote(url):
        raise LedgerAddressInvalid(f"OI_LEDGER_URL holds the character U+0000, which no database takes. {_FORMS}")
    if parsed.drivername not in _DRIVERS:
        raise LedgerAddressInvalid(
            f"OI_LEDGER_URL begins with {parsed.drivername!a}, which no ledger can be kept in. {_FORMS}"
        )
    return parsed.set(drivername=_DRIVERS[parsed.drivername])


@lru_cache(maxsize=8)
def _sqlite_engine(url: URL, _process: int) -> Engine:
    # The connection that wrote last has the database's pages in its cache. A database in memory has no such pool.
    order = {"pool_use_lifo": True} if sqlite_file(url) else {}
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS}, pool_size=40, **order)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _check_options(engine: Engine) -> None:
    """Raises LedgerAddressInvalid for an option that the driver does not know; a wrong value shows when it connects."""
    driver: Any = engine.dialect.loaded_dbapi
    _, options = engine.dialect.create_connect_args(engine.url)
    try:
        driver.extensions.make_dsn(**options)
    except (driver.ProgrammingError, TypeError, UnicodeError) as error:
        raise _option_invalid(str(error).strip()) from None


def _option_invalid(said: str) -> LedgerAddressInvalid:
    return LedgerAddressInvalid(
        f"OI_LEDGER_URL has an option after its question mark, or a port, that PostgreSQL's driver does not take: "
        f"{said}; correct it or leave it out"
    )


def _refuse_folder(file: Path) -> None:
    if file.is_dir():
        raise LedgerAddressInvalid(
            f"the ledger {file} is a folder; write the path of a file in it into OI_LEDGER_URL, such as "
            f"sqlite:///{file / 'ledger.db'}, or move the folder away"
        )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerAddressInvalid(
            f"the ledger's folder {folder} cannot be made ({error.strerror}); correct OI_LEDGER_URL or OI_HOME"
        ) from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # so that the driver begins no transaction itself
    connection.execute(f"PRAGMA busy_timeout = {round(BUSY_TIMEOUT_SECONDS * 1000)}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # a paid charge must outlive a power cut
    connection.execute("PRAGMA foreign_keys = ON")


@lru_cache(maxsize=8)
def _postgresql_engine(url: URL, _process: int) -> Engine:
    given = {"connect_timeout": CONNECT_TIMEOUT_SECONDS} if "connect_timeout" not in url.query else {}
    engine = create_engine(url, connect_args=given, pool_pre_ping=True, pool_size=40)
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {round(BUSY_TIMEOUT_SECONDS * 1000)}")
        cursor.execute(f"SET idle_in_transaction_session_timeout = {IDLE_TIMEOUT_SECONDS * 1000}")
        cursor.execute("SET synchronous_commit = on")  # a paid charge must outlive a power cut
    connection.commit()
