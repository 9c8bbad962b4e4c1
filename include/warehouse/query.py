"""Reading: a person's own SQL (which cannot write), and the figures that settle and replay compare."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from include.readonly_sql.guard import READS_ONLY
from include.warehouse.errors import QueryFailed
from include.warehouse.session import UTC, Session, plain_errors, query_failed, unreachable

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
CHUNK_BYTES = 1 << 16
LONGEST_LINE_BYTES = 64 << 20
"""A row of a streamed answer is held in memory several times."""
READONLY_CODE = 164
_AST = "EXPLAIN AST"
READER_SETTINGS = {
    "date_time_output_format": "iso",  # 2026-03-07T00:00:00Z
    "output_format_json_quote_64bit_integers": 0,
    "readonly": 2,  # last: it guards the settings too
}


@dataclass(frozen=True, slots=True)
class SeriesCount:
    """What is stored of one series; `first` and `last` are timestamps of rows, UTC."""

    source: str
    interval: str
    symbol: str
    rows: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class QuarantineCount:
    """How many rows are in quarantine of one series."""

    source: str
    interval: str
    symbol: str
    rows: int


@dataclass(frozen=True, slots=True)
class StoredRanges:
    """Of one series, as the rows spell it: the first and the last point of each unbroken run of points, UTC.

    A point in quarantine is kept too, where its time can be read.
    """

    symbol: str
    source: str
    interval: str
    runs: Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class Counts:
    """What the warehouse holds."""

    series: tuple[SeriesCount, ...]
    quarantine: tuple[QuarantineCount, ...]

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.series)

    @property
    def quarantined(self) -> int:
        return sum(one.rows for one in self.quarantine)


@dataclass(frozen=True, slots=True)
class Checksum:
    """The content of one view, whatever the order and the batches in which it was loaded."""

    rows: int
    checksum: str


def make_read_only(client: Client) -> Client:
    """Sets the client so that a statement that writes fails.

    A guard against slips, not a sandbox: what people write goes through `reading`, which refuses the rest.
    """
    with plain_errors():
        for name, value in READER_SETTINGS.items():
            client.set_client_setting(name, value)
    return client


def query_rows(reader: Session, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Column names and rows of a person's query; times are aware, UTC."""
    with _explained():
        answer = reader.client.query(sql, **UTC)
        return tuple(answer.column_names), list(answer.result_rows)


def query_json_lines(reader: Session, sql: str) -> Generator[str]:
    """The answer as JSON, one object per line, streamed; integers are exact, times are ISO 8601 ending in Z."""
    if sql.startswith(_AST):
        return _ast_lines(reader, sql, lambda names, row: dict(zip(names, row, strict=True)))
    return _streamed(reader, sql, "JSONEachRow", b"{")


def query_json_arrays(reader: Session, sql: str) -> Generator[str]:
    """As `query_json_lines`, an array a line; the first one holds the names of the columns.

    The embedded engine streams objects, not arrays under a line of names: these it collects. So only answers whose
    columns are not known beforehand (SHOW, EXPLAIN), or have a name twice, come as such arrays.
    """
    if sql.startswith(_AST):
        yield msgspec.json.encode(query_rows(reader, sql)[0]).decode()
        yield from _ast_lines(reader, sql, lambda _, row: row)
        return
    names = _columns(reader, sql)
    if len(set(names)) < max(1, len(names)):
        yield from _streamed(reader, sql, "JSONCompactEachRowWithNames", b"[")
        return
    yield msgspec.json.encode(names).decode()
    for line in _streamed(reader, sql, "JSONEachRow", b"{"):
        yield msgspec.json.encode(list(_OBJECT.decode(line).values())).decode()


def _ast_lines(
    reader: Session, sql: str, line_of: Callable[[tuple[str, ...], tuple[Any, ...]], object]
) -> Generator[str]:
    """The few rows of an EXPLAIN AST, which takes a FORMAT at its end for a part of the query that it explains."""
    names, rows = query_rows(reader, sql)
    for row in rows:
        yield msgspec.json.encode(line_of(names, row)).decode()


def _columns(reader: Session, sql: str) -> list[str]:
    """The names of a SELECT's columns; none for a statement of another kind."""
    try:
        with plain_errors():
            return [str(row[0]) for row in reader.client.query(f"DESCRIBE TABLE ({sql})").result_rows]
    except QueryFailed:
        return []  # where the query itself is wrong, running it says so


def _streamed(reader: Session, sql: str, form: str, opening: bytes) -> Generator[str]:
    with _explained():
        stream = _json_stream(reader.client, sql, form)
        try:
            lines = _lines(stream)
            for line in lines:
                if not line.startswith(opening):
                    # The status line has long been sent when a running query fails; then the error is in the body.
                    raise query_failed(b"\n".join((line, *lines)).decode(errors="replace"))
                yield line.decode(errors="replace")  # a String may hold any bytes, JSON may not
        finally:
            stream.close()


def _lines(stream: io.IOBase) -> Iterator[bytes]:
    """Lines that are not empty. TextIOWrapper would do, but an HTTP answer closes itself at its end."""
    begun: list[bytes] = []
    while chunk := _chunk(stream):
        first, *others = chunk.split(b"\n")
        begun.append(first)
        if others:
            *lines, rest = b"".join(begun), *others
            yield from filter(None, lines)
            begun = [rest]
        elif sum(map(len, begun)) > LONGEST_LINE_BYTES:
            raise QueryFailed(
                f"a row of the answer is longer than {LONGEST_LINE_BYTES >> 20} MiB; select less in a row, such as "
                "arraySlice(values, 1, 1000) or substring(text, 1, 1000)"
            )
    if rest := b"".join(begun):
        yield rest


def _chunk(stream: io.IOBase) -> bytes:
    """The next bytes of an answer. Raises WarehouseUnreachable where it breaks off."""
    from urllib3.exceptions import HTTPError

    try:
        return bytes(stream.read(CHUNK_BYTES))
    except (HTTPError, OSError) as error:
        raise unreachable(f"its answer broke off ({error})") from error


def _json_stream(client: Client, sql: str, form: str) -> io.IOBase:
    from clickhouse_connect.driver.exceptions import DatabaseError

    try:
        stream: io.IOBase = client.raw_stream(sql, fmt=form)
    except DatabaseError as error:
        # chDB streams SELECT only; the answers of SHOW and DESCRIBE are small.
        if "Streaming query is not supported" not in str(error):
            raise
        return io.BytesIO(client.raw_query(sql, fmt=form))
    return stream


@contextmanager
def _explained() -> Iterator[None]:
    try:
        with plain_errors():
            yield
    except QueryFailed as error:
        if error.code != READONLY_CODE:
            raise
        raise QueryFailed(READS_ONLY, error.code, error.name) from None


def counts(session: Session) -> Counts:
    """Each series' rows, with their first and last timestamp, and what is in quarantine."""
    return Counts(
        tuple(SeriesCount(*row) for row in session.rows("open_interest/read/counts.sql")),
        tuple(QuarantineCount(*row) for row in session.rows("read/quarantined.sql")),
    )


def kept(session: Session) -> list[StoredRanges]:
    """Which points are here, one line per series."""
    return [StoredRanges(*row) for row in session.rows("open_interest/read/kept.sql")]


def checksums(session: Session) -> dict[str, Checksum]:
    """One checksum for each outward view: open_interest, open_interest_history, quarantine, dq_results."""
    return {view: Checksum(rows, checksum) for view, rows, checksum in session.rows("open_interest/read/checksums.sql")}
