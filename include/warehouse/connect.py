"""Opening the warehouse: chDB inside OI_HOME, a ClickHouse server, or whatever client the caller makes.

chDB, the ClickHouse engine in-process, lets one process have a directory open. So an embedded warehouse is opened
under a file lock, and kept open no longer than the work takes.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.domain.clock import use_utc
from include.host.limits import memory_problem
from include.settings import Settings
from include.settings.warehouse import WarehouseSettings
from include.warehouse.definitions import remove_empty
from include.warehouse.errors import EngineUnusable, WarehouseUnreachable
from include.warehouse.lock import file_lock
from include.warehouse.migrate import migrate
from include.warehouse.session import CHECK_SERVER, Session, query_failed
from include.warehouse.warehouse import Warehouse

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

SHORT_LIVED = {"compile_expressions": 0, "compile_aggregate_expressions": 0, "compile_sort_description": 0}
"""Settings of an engine that lives for seconds: what it compiled would hardly be run again."""

REBUILD = (
    "If none has, and what the engine wrote above speaks of broken parts or of a definition, then move {directory} "
    "away and run ./oi replay: it rebuilds the warehouse from the landed pages, at no cost"
)

ClientFactory = Callable[[], "Client"]

logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())  # what it warns of is raised as well


@contextmanager
def open_warehouse(settings: Settings, client_factory: ClientFactory | None = None) -> Iterator[Warehouse]:
    """Opens the warehouse, migrated, and closes it at the end, so that the next process may open it.

    `client_factory` makes a clickhouse-connect client, such as an Airflow hook's get_client; without it the settings
    say where ClickHouse is. Where they name no server, the lock of the embedded directory is held before the factory
    is called. The factory may be called twice: queries that only read have a client of their own.

    Raises WarehouseError.
    """
    directory = embedded_directory(settings)
    with ExitStack() as stack:
        if directory is not None:
            _prepare_for_engine()
            stack.enter_context(file_lock(lock_path(directory), settings.warehouse.lock_timeout_seconds))
        warehouse = _opened(client_factory or _client_factory(settings), settings.warehouse, directory)
        stack.callback(warehouse.close)
        yield warehouse
        if directory is not None:
            warehouse.tidy()


def open_client(settings: Settings) -> Client:
    """A client of the warehouse that the settings name, for whoever closes it. Raises WarehouseUnreachable."""
    return _reached(_client_factory(settings))


def open_embedded(settings: Settings, config: Path) -> Client:
    """The embedded engine under a configuration of its own; the caller holds its lock. Raises WarehouseUnreachable."""
    _prepare_for_engine()
    arguments = embedded_connection_extra(settings)["client_kwargs"]
    return _reached(lambda: _get_client({**arguments, "chdb_options": {"config-file": str(config)}}))


def embedded_directory(settings: Settings) -> Path | None:
    """Where chDB keeps the warehouse; None when the settings name a server."""
    return None if settings.warehouse.host else settings.home / "warehouse"


def lock_path(directory: Path) -> Path:
    """The file whose lock the process holds that has an embedded warehouse open."""
    return directory.with_name(f"{directory.name}.lock")


def embedded_connection_extra(settings: Settings) -> dict[str, Any]:
    """The `extra` of an Airflow ClickHouse connection that opens the embedded warehouse."""
    path = str(settings.home / "warehouse")
    return {"client_kwargs": {"interface": "chdb", "path": path, "settings": dict(SHORT_LIVED)}}


def _client_factory(settings: Settings) -> ClientFactory:
    return lambda: _get_client(_client_arguments(settings))


def _client_arguments(settings: Settings) -> dict[str, Any]:
    server = settings.warehouse
    if server.host is None:
        return dict(embedded_connection_extra(settings)["client_kwargs"])
    return {
        "host": server.host,
        "port": server.port,
        "username": server.user,
        "password": server.password.get_secret_value(),
        "secure": server.secure,
        "compress": True,
        # Without a session of its own a client may be used by several threads at once.
        "autogenerate_session_id": False,
    }


def _get_client(arguments: dict[str, Any]) -> Client:
    import clickhouse_connect

    try:
        return clickhouse_connect.get_client(**arguments)
    except ImportError as error:  # it names a package that is missing, also where one could not be loaded
        raise EngineUnusable(
            f"the engine of the embedded warehouse cannot be loaded ({error.__cause__ or error}); run make setup, and "
            "give this process more memory where that is limited (ulimit -v)"
        ) from error


def _opened(client_factory: ClientFactory, named: WarehouseSettings, directory: Path | None) -> Warehouse:
    client, damaged = (_reached(client_factory), False) if directory is None else _engine(client_factory, directory)
    session = Session(client, named.database, named.cluster, directory)
    try:
        migrate(session, again=damaged)
        session.use_database()
    except BaseException:
        session.close()
        raise
    return Warehouse(session, client_factory)


def _engine(client_factory: ClientFactory, directory: Path) -> tuple[Client, bool]:
    """The embedded engine, and whether definitions were missing in it."""
    try:
        return _reached(client_factory), False
    except EngineUnusable:
        raise
    except WarehouseUnreachable as unreachable:
        if remove_empty(directory):
            return _reached(client_factory), True
        raise WarehouseUnreachable(f"{unreachable}. {REBUILD.format(directory=directory)}") from unreachable


def _reached(client_factory: ClientFactory) -> Client:
    from clickhouse_connect.driver.exceptions import ClickHouseError

    try:
        return client_factory()
    except (ClickHouseError, RuntimeError) as error:  # the embedded engine raises the second while it starts
        failed = query_failed(str(error))
        if failed.lacks_memory:
            raise EngineUnusable(f"the warehouse cannot be opened: {failed}") from error
        raise WarehouseUnreachable(
            f"the warehouse cannot be opened: {failed}. {CHECK_SERVER}; "
            "for the embedded warehouse, that no other program has its directory open"
        ) from error


def _prepare_for_engine() -> None:
    use_utc()
    if problem := memory_problem():
        raise EngineUnusable(problem)
    _check_temporary_folder()


def _check_temporary_folder() -> None:
    """Raises WarehouseUnreachable where the embedded engine could not make its temporary files."""
    named = os.environ.get("TMPDIR")
    if not named or not Path(named).is_dir():  # then the engine takes /tmp
        return
    try:
        with tempfile.TemporaryFile(dir=named):
            pass
    except OSError as error:
        raise WarehouseUnreachable(
            f"the embedded warehouse cannot be opened: TMPDIR {named} cannot be written ({error.strerror}); set TMPDIR "
            "to a folder that you may write, or unset it, then run the same command again"
        ) from None
