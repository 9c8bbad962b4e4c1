"""Database connections of ClickHouse's driver on which every statement is checked first; for Superset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from include.readonly_sql.guard import SETTINGS, Guard, QueryRefused
from include.readonly_sql.limits import advice, refuse_large_constant

_CALLED = frozenset(
    ("close", "close_connections", "ping", "min_version", "create_query_context", "_add_integration_tag")
)
"""What the driver's connections call of a client that runs no statement."""


class ReadingClient:
    """A client of clickhouse-connect that runs what a Guard accepts, and has no other way to run anything."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._guard = Guard(lambda sql, parameters: client.query(sql, parameters=parameters or None).result_rows)

    def query(
        self,
        query: str,
        parameters: Any = None,
        settings: Mapping[str, Any] | None = None,
        query_formats: Mapping[str, str] | None = None,
        context: Any = None,
    ) -> Any:
        """The answer to a query that only reads. Raises the driver's ProgrammingError for another one."""
        from clickhouse_connect.driver.binding import bind_query
        from clickhouse_connect.driver.exceptions import DatabaseError, ProgrammingError

        # `context` would only choose a codec, and could bring a query of its own.
        bound, to_bind = bind_query(query, parameters, self._client.server_tz)
        try:
            accepted = self._guard.accept(_text(bound))
            for name in settings or ():
                if not SETTINGS.fullmatch(name):
                    raise QueryRefused(f"the setting {name} may not be changed by a query")
        except QueryRefused as refused:
            raise ProgrammingError(str(refused)) from None
        typed = parameters if to_bind else None
        try:
            refuse_large_constant(self._client, accepted)
            return self._client.query(accepted, parameters=typed, settings=settings, query_formats=query_formats)
        except QueryRefused as refused:
            raise ProgrammingError(str(refused)) from None
        except DatabaseError as error:
            if (next_step := advice(getattr(error, "code", None))) is None:
                raise
            raise DatabaseError(f"{error}: {next_step}") from error

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if callable(found) and name not in _CALLED:
            raise AttributeError(f"{name} is not offered on a connection that only reads")
        return found


def guard_connections() -> None:
    """From here on, each DB-API connection of clickhouse-connect in this process only reads.

    The driver makes its client in one place, which is replaced: a cursor of its own would miss what dialects run.
    """
    from clickhouse_connect.dbapi import connection

    if not getattr(connection.create_client, "reads_only", False):
        connection.create_client = _reading(connection.create_client)


def _reading(create_client: Any) -> Any:
    def create(*arguments: Any, **options: Any) -> ReadingClient:
        return ReadingClient(create_client(*arguments, **options))

    create.reads_only = True  # type: ignore[attr-defined] # a mark, so that nothing is wrapped twice
    return create


def _text(query: str | bytes) -> str:
    return query.decode(errors="replace") if isinstance(query, bytes) else query
