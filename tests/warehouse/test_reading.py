"""Bounds of what people ask, in a real engine with the reader's rights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from include.readonly_sql.connections import ReadingClient
from include.settings import Settings
from include.settings.warehouse import WarehouseSettings
from include.warehouse import QueryFailed
from include.warehouse.reading import EXPORT_FACTOR, MOST_ROWS, Reader, open_reader

ENDLESS = "SELECT sum(number) FROM system.numbers"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A twentieth of a second and 200 MB."""
    bounds = WarehouseSettings(query_timeout_seconds=0.05, query_memory_mb=200)
    with open_reader(Settings(home=tmp_path_factory.mktemp("oi_home"), warehouse=bounds)) as found:
        yield found


@pytest.fixture
def patient_reader(reader: Reader) -> Reader:
    """The same with a bound of time that no busy machine reaches."""
    return Reader(reader._session, WarehouseSettings(query_timeout_seconds=60, query_memory_mb=200))


@pytest.mark.parametrize("sql", [ENDLESS, "SELECT count() FROM numbers(1000000) AS a, numbers(1000000) AS b"])
def test_a_query_has_a_bound_of_time(reader: Reader, sql: str) -> None:
    assert_refused(reader, sql, "warehouse.query_timeout_seconds")


def test_a_query_has_a_bound_of_memory(patient_reader: Reader) -> None:
    assert_refused(patient_reader, "SELECT length(range(100000000))", "warehouse.query_memory_mb")


def assert_refused(reader: Reader, sql: str, setting: str) -> None:
    for answered in (reader.query_rows, lambda sql: list(reader.query_json_lines(sql))):
        with pytest.raises(QueryFailed, match=rf"or raise {setting} in pipeline\.yaml"):
            answered(sql)


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT number FROM numbers({MOST_ROWS + 1})",
        "SELECT range(4000000)",
        "SELECT arrayMap(x -> toString(x), range(3000000)) AS a FROM system.one",
        "SELECT range(4000000 + number) FROM numbers(2)",
    ],
)
def test_an_answer_too_large_for_a_table_is_refused(patient_reader: Reader, sql: str) -> None:
    with pytest.raises(QueryFailed, match="--csv and --json"):
        patient_reader.query_rows(sql)


def test_a_query_may_take_more_time_in_its_own_settings(reader: Reader) -> None:
    with pytest.raises(QueryFailed, match="maximum: 200"):
        reader.query_rows(f"{ENDLESS} SETTINGS max_execution_time = 0.2")


def test_a_streamed_answer_has_more_time_and_any_length(reader: Reader, patient_reader: Reader) -> None:
    with pytest.raises(QueryFailed, match=rf"maximum: {50 * EXPORT_FACTOR}\.000 ms"):
        list(reader.query_json_lines(ENDLESS))
    many = f"SELECT number FROM numbers({2 * MOST_ROWS})"
    assert sum(1 for _ in patient_reader.query_json_lines(many)) == 2 * MOST_ROWS


def test_csv_is_streamed_and_may_be_left_early(patient_reader: Reader) -> None:
    """The embedded engine collects arrays under a line of names, for ever where the answer has no end."""
    lines: Any = patient_reader.query_json_arrays("SELECT number, 'x' AS text FROM system.numbers")
    assert [next(lines), next(lines), next(lines)] == ['["number","text"]', '[0,"x"]', '[1,"x"]']
    lines.close()
    assert patient_reader.query_rows("SELECT 1")[1] == [(1,)]


@pytest.mark.parametrize(
    ("sql", "lines"),
    [
        ("SELECT 1 AS a WHERE 0", ['["a"]']),
        ("SELECT 1 AS a, t.* FROM (SELECT 2 AS a) AS t", ['["a","t.a"]', "[1,2]"]),
        ("SELECT NULL AS a, [1, 2] AS b, 1e300 AS c, toUInt64(18446744073709551615) AS d", None),
        ("EXPLAIN SELECT 1", None),
    ],
)
def test_arrays_of_every_kind_of_question(patient_reader: Reader, sql: str, lines: list[str] | None) -> None:
    answer = list(patient_reader.query_json_arrays(sql))
    assert all(isinstance(json.loads(line), list) for line in answer)
    assert lines is None or answer == lines


def test_a_syntax_tree_comes_in_every_form(patient_reader: Reader) -> None:
    """The engine takes a format behind the query for a part of what is explained."""
    columns, rows = patient_reader.query_rows("EXPLAIN AST SELECT 1")
    objects = [json.loads(line) for line in patient_reader.query_json_lines("explain ast SELECT 1")]
    assert columns == ("explain",)
    assert [tuple(one.values()) for one in objects] == rows
    arrays = [json.loads(line) for line in patient_reader.query_json_arrays("EXPLAIN AST SELECT 1")]
    assert arrays == [["explain"], *map(list, rows)]


def test_a_row_of_any_length_is_refused_before_memory_ends(patient_reader: Reader) -> None:
    with pytest.raises(QueryFailed, match="a row of the answer is longer than 64 MiB"):
        list(patient_reader.query_json_lines("SELECT range(9000000) AS a SETTINGS max_memory_usage = 2000000000"))


def test_a_dashboard_has_the_same_advice(patient_reader: Reader) -> None:
    """Its own bounds are those of its user; tests/warehouse/test_embedded_reader.py compares them."""
    from clickhouse_connect.driver.exceptions import ClickHouseError

    assert patient_reader.query_rows("SELECT 1")[1] == [(1,)], "which leaves its bounds at the client"
    guarded = ReadingClient(patient_reader._session.client)
    with pytest.raises(ClickHouseError, match=r"or raise warehouse\.query_timeout_seconds"):
        guarded.query(f"{ENDLESS} SETTINGS max_execution_time = 0.1")
    with pytest.raises(ClickHouseError, match="the answer is larger than 16 MB"):
        guarded.query("SELECT range(4000000)")
