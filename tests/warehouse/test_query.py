from __future__ import annotations

import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
import urllib3

from include.warehouse import Counts, QueryFailed, SeriesCount, Warehouse, WarehouseUnreachable
from include.warehouse.connect import _engine
from include.warehouse.errors import EngineUnusable
from include.warehouse.query import query_json_lines
from include.warehouse.session import query_failed
from tests.warehouse.batches import NOON, Row, accepted, at, dq, publish, quarantine, reset_rows


@pytest.fixture
def warehouse(emptied_warehouse: Warehouse) -> Warehouse:
    return emptied_warehouse


def test_rows_come_with_names_and_aware_times(warehouse: Warehouse):
    publish(warehouse, "b1", [Row(open_interest=0.1 + 0.2)])
    columns, rows = warehouse.query_rows(
        "SELECT timestamp, known_at, open_interest, open_interest_usd FROM open_interest"
    )
    assert columns == ("timestamp", "known_at", "open_interest", "open_interest_usd")
    assert rows == [(NOON, NOON, 0.1 + 0.2, None)]
    assert rows[0][0].utcoffset() == timedelta(0)


def test_json_lines_are_exact(warehouse: Warehouse):
    publish(warehouse, "b1", [Row(open_interest=0.1 + 0.2, known_at=at(0.0005))])
    columns = "timestamp, known_at, open_interest, open_interest_usd"
    sql = f"SELECT {columns}, toUInt64(18446744073709551615) AS n FROM open_interest;"
    (line,) = warehouse.query_json_lines(sql)
    assert json.loads(line) == {
        "timestamp": "2026-03-07T12:00:00Z",
        "known_at": "2026-03-07T12:00:00.030Z",
        "open_interest": 0.1 + 0.2,
        "open_interest_usd": None,
        "n": 2**64 - 1,
    }


def test_json_lines_stream_and_may_be_left_early(warehouse: Warehouse):
    lines = warehouse.query_json_lines("SELECT number, 'naïve ☃' AS text FROM system.numbers")
    assert json.loads(next(lines)) == {"number": 0, "text": "naïve ☃"}
    lines.close()  # type: ignore[attr-defined] # a generator
    assert warehouse.query_rows("SELECT 1")[1] == [(1,)]


@pytest.mark.parametrize(
    "sql", ["SHOW TABLES", "DESCRIBE TABLE open_interest", "EXPLAIN SELECT 1", "WITH 1 AS a SELECT a"]
)
def test_every_kind_of_question_may_be_asked_in_both_ways(warehouse: Warehouse, sql: str):
    assert warehouse.query_rows(sql)[1]
    assert all(json.loads(line) for line in warehouse.query_json_lines(sql))


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO quarantine_rows (quarantine_id) VALUES ('x')",
        "DROP TABLE open_interest_current",
        "TRUNCATE TABLE open_interest_current",
        "CREATE TABLE t (a Int32) ENGINE = Memory",
        "ALTER TABLE open_interest_current DELETE WHERE 1",
    ],
)
def test_a_statement_that_writes_is_refused_and_changes_nothing(warehouse: Warehouse, sql: str):
    warehouse.publish("b1", accepted([Row()]), quarantine("q1"), dq())
    before = warehouse.checksums()
    with pytest.raises(QueryFailed, match="reads only"):
        warehouse.query_rows(sql)
    with pytest.raises(QueryFailed, match="reads only"):
        list(warehouse.query_json_lines(sql))
    assert warehouse.checksums() == before


@pytest.mark.parametrize("sql", ["SELECT nope FROM open_interest", "SELECT * FROM nowhere", "SELECT FROM WHERE"])
def test_an_error_is_one_sentence_with_its_code(warehouse: Warehouse, sql: str):
    for ask in (warehouse.query_rows, lambda sql: list(warehouse.query_json_lines(sql))):
        with pytest.raises(QueryFailed) as caught:
            ask(sql)
        text = str(caught.value)
        assert text.startswith("ClickHouse: ")
        assert text.endswith(f"({caught.value.name}, code {caught.value.code})")
        assert len(text) < 200
        assert "version" not in text
        assert "In scope" not in text


def test_an_error_in_the_middle_of_an_answer_is_raised(warehouse: Warehouse):
    lines = warehouse.query_json_lines(
        "SELECT number, throwIf(number = 900000, 'too far') FROM numbers(1000000) SETTINGS max_threads = 1"
    )
    with pytest.raises(QueryFailed, match="too far"):
        list(lines)


def test_the_version_and_the_expectations_of_a_parser_are_left_out():
    error = query_failed(
        "HTTPDriver returned response code 400\n Code: 62. DB::Exception: Syntax error: failed at position 1 (X): X. "
        "Expected one of: SELECT, WITH. (SYNTAX_ERROR) (version 26.9.2.1 (official build))"
    )
    assert str(error) == "ClickHouse: Syntax error: failed at position 1 (X): X (SYNTAX_ERROR, code 62)"
    assert (error.code, error.name) == (62, "SYNTAX_ERROR")


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (
            "Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE) (version 26.9)",
            "ClickHouse: Cannot reserve 1.00 MiB, not enough space (NOT_ENOUGH_SPACE, code 243). ",
        ),
        (
            "Code: 76. DB::ErrnoException: Cannot open file a.sql.tmp: , errno: 28, strerror: No space left on device. "
            "(CANNOT_OPEN_FILE) (version 26.9.2.1)",
            "ClickHouse: Cannot open file a.sql.tmp: , errno: 28, strerror: No space left on device (CANNOT_OPEN",
        ),
    ],
)
def test_rule_8_a_warehouse_without_room_says_what_to_do(raised: str, message: str):
    error = query_failed(raised)
    assert str(error).startswith(message)
    assert "then run the same again" in str(error)


@pytest.mark.parametrize(
    "raised",
    [
        "Code: 173. DB::ErrnoException: Allocator: Cannot malloc 1.00 MiB. (CANNOT_ALLOCATE_MEMORY)",
        "Code: 36. DB::Exception: Error initializing EmbeddedServer: std::exception. Code: 1001, type: std::bad_alloc, "
        "e.what() = std::bad_alloc, Stack trace (when copying this message, always include the lines below):\n\n0. ?",
        "Code: 439. DB::Exception: Cannot schedule a task: failed to start the thread: std::exception. Code: 1001, "
        "type: std::system_error, e.what() = thread constructor failed: Resource temporarily unavailable, Stack trace "
        "(when copying this message, always include the lines below):\n\n0. ? @ 0x1\n (CANNOT_SCHEDULE_TASK)",
    ],
)
def test_rule_8_an_engine_without_memory_says_so_and_blames_no_file(raised: str):
    def open_client() -> Any:
        raise RuntimeError(raised)

    with pytest.raises(EngineUnusable, match=r"more memory.*ulimit -v") as refused:
        _engine(open_client, Path("/nowhere"))
    assert "CLICKHOUSE_HOST" not in str(refused.value)
    assert "replay" not in str(refused.value)


def test_counts_show_each_series_with_its_bounds(warehouse: Warehouse):
    rows = [Row(timestamp=NOON + timedelta(hours=hour)) for hour in (0, 5, 2)]
    restated = rows[0]._replace(open_interest=9.0, known_at=at(1))
    warehouse.publish("b1", accepted([*rows, restated, Row(symbol="ETH")]), quarantine("q1", "q2"), dq("fresh"))
    counts = warehouse.counts()
    assert counts == Counts(
        series=(
            SeriesCount("kalshi", "1h", "BTC", 3, NOON, NOON + timedelta(hours=5)),
            SeriesCount("kalshi", "1h", "ETH", 1, NOON, NOON),
        ),
        quarantine=counts.quarantine,
    )
    assert (counts.rows, counts.quarantined) == (4, 2)
    assert [one.rows for one in counts.quarantine] == [2]


def test_stored_points_are_listed_as_ranges_with_rejected_ones(warehouse: Warehouse):
    rows = [Row(timestamp=NOON + timedelta(hours=hour)) for hour in (0, 1, 5, 2)]
    series = {"symbol": "BTC", "source": "kalshi", "interval": "1h"}
    empty = quarantine("q1", "q2")
    covers = ([series | {"timestamp": NOON + timedelta(hours=3)}], [])
    rejected = [one | series | {"covers": buckets} for one, buckets in zip(empty.to_pylist(), covers, strict=True)]
    table = pa.Table.from_pylist(rejected, schema=empty.schema)
    warehouse.publish("b1", accepted([*rows, Row(symbol="ETH")]), table, dq("fresh"))
    kept = {(one.symbol, one.source, one.interval): list(one.runs) for one in warehouse.kept()}
    assert kept == {
        ("BTC", "kalshi", "1h"): [(NOON, NOON + timedelta(hours=3)), (NOON + timedelta(hours=5),) * 2],
        ("ETH", "kalshi", "1h"): [(NOON, NOON)],
    }


def test_an_empty_warehouse_has_counts_and_checksums(warehouse: Warehouse):
    assert warehouse.counts() == Counts((), ())
    assert set(warehouse.checksums()) == {"open_interest", "open_interest_history", "quarantine", "dq_results"}


@pytest.mark.parametrize(
    "other",
    [
        {"open_interest": 2.0},
        {"open_interest_usd": 0.0},
        {"known_at": at(1)},
        {"symbol": "ETH"},
        {"timestamp": datetime(2026, 3, 7, 13, tzinfo=UTC)},
    ],
)
def test_checksums_differ_when_any_column_of_a_row_does(warehouse: Warehouse, other: dict):
    publish(warehouse, "b1", [Row()])
    before = warehouse.checksums()
    reset_rows(warehouse)
    publish(warehouse, "b1", [Row(**other)])
    after = warehouse.checksums()
    for view in ("open_interest", "open_interest_history"):
        assert before[view].rows == after[view].rows == 1
        assert before[view] != after[view]


def test_checksums_do_not_depend_on_batches(warehouse: Warehouse):
    rows = [Row(timestamp=NOON + timedelta(hours=hour)) for hour in range(3)]
    publish(warehouse, "all", rows)
    together = warehouse.checksums()
    reset_rows(warehouse)
    for number, row in enumerate(reversed(rows)):
        publish(warehouse, f"one-{number}", [row])
    assert warehouse.checksums() == together


def test_an_answer_that_breaks_off_is_explained() -> None:
    """Lines before it are given out; a server that is killed in mid-answer sends no error."""
    with socket.create_server(("127.0.0.1", 0)) as server, urllib3.PoolManager() as pool:
        answering = threading.Thread(target=_break_off, args=(server,))
        answering.start()
        stream = pool.request("GET", f"http://127.0.0.1:{server.getsockname()[1]}", preload_content=False)
        answering.join()
        reader: Any = SimpleNamespace(client=SimpleNamespace(raw_stream=lambda sql, fmt: stream))
        with pytest.raises(WarehouseUnreachable, match="its answer broke off"):
            list(query_json_lines(reader, "SELECT 1"))


def _break_off(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"a":1}\n\r\n9\r\n{"a"')
