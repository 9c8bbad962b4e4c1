"""One ClickHouse client bound to one database: runs the room's .sql files and speaks plain errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from include.warehouse import scripts
from include.warehouse.cluster import SETTINGS, clustered
from include.warehouse.definitions import MAKE_ROOM, check_room
from include.warehouse.errors import QueryFailed, WarehouseUnreachable

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from clickhouse_connect.driver.client import Client

_SENTENCE = re.compile(
    r"DB::(?:Errno)?Exception: (?P<sentence>.*?)\s*(?:\((?P<name>[A-Z][A-Z0-9_]+)\))?(?: \(version .*)?$", re.DOTALL
)
_NOISE = re.compile(r"( Expected one of: | In scope |: while executing |, Stack trace ).*", re.DOTALL)

_DEFINES = re.compile(r"\s*(CREATE|ALTER)\b", re.IGNORECASE)
_FULL = re.compile("not enough space|no space left on device", re.IGNORECASE)
_NO_MEMORY = re.compile(r"\bCANNOT_ALLOCATE_MEMORY\b|std::bad_alloc|failed to start the thread")
"""What the engine writes where the machine gave it no memory, or no thread: under several codes, one of them wrong."""
_MORE_MEMORY = (
    "Give the engine's process more memory and threads where they are limited (ulimit -v and -u, or a container's "
    "limits)"
)
CHECK_SERVER = "For a server, check CLICKHOUSE_HOST, _PORT, _USER, _PASSWORD and _SECURE, and that it runs"

UTC = {"tz_mode": "aware", "query_tz": "UTC"}
"""Without these, times come naive, or in the zone of the machine."""

INSERT_SETTINGS = {
    "async_insert": 0,  # on by default since 26.2; a batch must be stored when the call returns
    "input_format_null_as_default": 0,  # a null open_interest must fail, not become 0
    "optimize_on_insert": 0,  # the audit must see the rows as sent, copies too
}


class Session:
    """Owns `client`; `close` it, or leave that to Warehouse.

    `cluster` is None on a single node, `directory` where the embedded engine keeps its files, None for a server.
    """

    def __init__(
        self, client: Client, database: str, cluster: str | None = None, directory: Path | None = None
    ) -> None:
        self.client = client
        self.database = database
        self.cluster = cluster
        self.directory = directory
        for name, value in SETTINGS.items() if cluster else ():
            client.set_client_setting(name, value)

    @property
    def bi(self) -> str:
        """The database of the marts."""
        return bi_database(self.database)

    def run(self, script: str, parameters: dict[str, Any] | None = None, **names: str) -> None:
        """Executes each statement of `sql/<script>`."""
        for statement in scripts.statements(self._text(script, names)):
            self.command(statement, parameters)

    def define(self, script: str, parameters: dict[str, Any] | None = None, **names: str) -> None:
        """Executes each statement of `sql/<script>`, which makes things: on all nodes where there is a cluster."""
        for statement in self.definitions(script, **names):
            self.command(statement, parameters)

    def definitions(self, script: str, **names: str) -> list[str]:
        """The statements of `sql/<script>` in the form that this node, or its cluster, needs."""
        found = scripts.statements(self._text(script, names))
        return [one for statement in found for one in clustered(statement, self.cluster)] if self.cluster else found

    def rows(self, script: str, parameters: dict[str, Any] | None = None, **names: str) -> list[tuple[Any, ...]]:
        """The answer of the one query in `sql/<script>`; times are aware, UTC."""
        with plain_errors():
            answer = self.client.query(self._text(script, names), parameters=parameters, **UTC)
            return list(answer.result_rows)

    def command(self, statement: str, parameters: dict[str, Any] | None = None) -> None:
        """Executes one statement; a definition raises WarehouseError where the disk is almost full."""
        if self.directory is not None and _DEFINES.match(statement):
            check_room(self.directory)
        with plain_errors():
            self.client.command(statement, parameters=parameters)

    def insert(self, table: str, rows: pa.Table, **settings: int | str) -> None:
        """Stores `rows` in `table` of the database, columns by name."""
        with plain_errors():
            self.client.insert_arrow(f"{self.database}.{table}", rows, settings=INSERT_SETTINGS | settings)

    def use_database(self) -> None:
        """Lets a query name a table without its database."""
        self.client.database = self.database

    def close(self) -> None:
        self.client.close()

    def _text(self, script: str, names: dict[str, str]) -> str:
        return scripts.fill(scripts.read(script), {"database": self.database, "bi": self.bi, **names})


def bi_database(database: str) -> str:
    """Where the marts of `database` are: `bi` beside `market`, `<database>_bi` beside any other, so none is shared."""
    return "bi" if database == "market" else f"{database}_bi"


@contextmanager
def plain_errors() -> Iterator[None]:
    """Raises QueryFailed for the client's errors: the sentence and the code, without scope, stack and version.

    An error in which ClickHouse itself says nothing, since it could not be reached, becomes WarehouseUnreachable.
    """
    from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

    try:
        yield
    except ClickHouseError as error:
        message = str(error)
        if isinstance(error, OperationalError) and not _SENTENCE.search(message):
            raise unreachable(message) from error
        raise query_failed(message, getattr(error, "code", None)) from error


def unreachable(message: str) -> WarehouseUnreachable:
    return WarehouseUnreachable(
        f"ClickHouse stopped answering: {message.strip()}. {CHECK_SERVER}; then run the same again: a batch may be "
        "published any number of times"
    )


def query_failed(text: str, code: int | None = None) -> QueryFailed:
    """Reads ClickHouse's error text."""
    match = _SENTENCE.search(text)
    if not match:
        return QueryFailed(f"ClickHouse could not be queried: {text.strip()}", code)
    sentence = _NOISE.sub("", match["sentence"]).strip().rstrip(".")
    if code is None and (number := re.search(r"Code: (\d+)", text)):
        code = int(number[1])
    label = ", ".join(part for part in (match["name"], code and f"code {code}") if part)
    message = f"ClickHouse: {sentence} ({label})"
    lacks_memory = _NO_MEMORY.search(message) is not None
    next_step = MAKE_ROOM if _FULL.search(sentence) else _MORE_MEMORY if lacks_memory else None
    return QueryFailed(
        f"{message}. {next_step}" if next_step else message, code, match["name"], lacks_memory=lacks_memory
    )
