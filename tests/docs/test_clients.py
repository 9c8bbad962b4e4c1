"""The snippets of docs/clients.md for the clients of this project's own environment; the others: tests/clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from tests.clients.snippets import HOURS, ROWS, served, snippet


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with served(tmp_path_factory.mktemp("clients")) as variables:
        yield variables


@pytest.fixture(autouse=True)
def _variables(server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.items():
        monkeypatch.setenv(name, value)


def run(*headings: str) -> dict[str, Any]:
    """What the snippets under these headings define, run one after the other."""
    names: dict[str, Any] = {}
    for heading in headings:
        exec(compile(snippet(heading), heading, "exec"), names)  # noqa: S102 - our own documentation
    return names


def test_clickhouse_connect_reads_a_mart() -> None:
    last = 2.0 * (HOURS - 1)
    rows = run("clickhouse-connect")["rows"]
    assert sorted(rows, key=str)[1:] == [("BTC", "hyperliquid", last), ("BTC", "kalshi", last)]


def test_pandas_gets_aware_times() -> None:
    by_source = run("clickhouse-connect", "pandas")["by_source"]
    assert by_source["kalshi"].to_dict() == {row.timestamp: row.open_interest for row in ROWS if row.source == "kalshi"}
    assert str(by_source.index.tz) == "UTC"


def test_arrow_gets_timestamps() -> None:
    table = run("clickhouse-connect", "Arrow")["table"]
    assert table.schema.field("timestamp").type == pa.timestamp("s", "UTC")
    assert sorted(table["timestamp"].to_pylist()) == sorted(row.timestamp for row in ROWS)


def test_sqlalchemy_reads_a_mart() -> None:
    assert [tuple(row) for row in run("SQLAlchemy")["rows"]] == [("BTC", HOURS - 1.0)] * 2
