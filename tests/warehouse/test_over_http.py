"""The same code over ClickHouse's HTTP interface."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from include.settings import Settings
from include.settings import Warehouse as WarehouseSettings
from include.warehouse import PublishRefused, QueryFailed, Warehouse, WarehouseUnreachable, open_warehouse
from include.warehouse.reading import open_reader
from tests.warehouse.batches import Row, accepted, at, current, dq, history, publish, quarantine, reset_rows, shown
from tests.warehouse.http_server import PASSWORD, free_port, serving


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where a server listens, whose user default has PASSWORD."""
    number = free_port()
    with serving(tmp_path_factory.mktemp("server"), number):
        yield number


@pytest.fixture
def server_settings(port: int, tmp_path: Path) -> Settings:
    server = WarehouseSettings(host="127.0.0.1", port=port, password=PASSWORD, database="served")  # type: ignore[arg-type] # made a secret
    return Settings(home=tmp_path, warehouse=server)


@pytest.fixture
def served(server_settings: Settings) -> Iterator[Warehouse]:
    with open_warehouse(server_settings) as warehouse:
        reset_rows(warehouse)
        yield warehouse


def test_batches_are_published_and_read(served: Warehouse):
    rows = [
        Row(open_interest=value, open_interest_usd=usd, known_at=at(minute), source=source)
        for source in ("kalshi", "hyperliquid")
        for minute, (value, usd) in enumerate([(1.0, None), (2.0, 0.5), (2.0, 0.5), (1.0, None)])
    ]
    for row in reversed(rows):
        publish(served, f"b{rows.index(row)}", [row])
    before = served.checksums()
    published = served.publish("all", accepted(rows), quarantine("q1"), dq("fresh"))
    assert (published.received, published.new, published.changed, published.unchanged) == (8, 2, 4, 2)
    assert shown(served, "open_interest") == current(rows)
    assert shown(served, "open_interest_history") == history(rows)
    assert served.checksums()["open_interest_history"] == before["open_interest_history"]
    assert served.counts().quarantined == 1


def test_a_bad_batch_is_refused(served: Warehouse):
    with pytest.raises(PublishRefused, match="nothing was published"):
        publish(served, "b1", [Row(open_interest=-1.0)])
    with pytest.raises(PublishRefused, match=r"\(x2\)"):
        publish(served, "b1", [Row(), Row()])
    assert served.counts().rows == 0


def test_questions_are_answered_and_writing_is_refused(served: Warehouse):
    publish(served, "b1", [Row()])
    assert served.query_rows("SELECT open_interest FROM open_interest")[1] == [(1.0,)]
    (line,) = served.query_json_lines("SELECT timestamp, toUInt64(18446744073709551615) AS n FROM open_interest;")
    assert line == '{"timestamp":"2026-03-07T12:00:00Z","n":18446744073709551615}'
    with pytest.raises(QueryFailed, match="reads only"):
        served.query_rows("DROP TABLE open_interest_current")
    with pytest.raises(QueryFailed, match="reads only"):
        list(served.query_json_lines("TRUNCATE TABLE open_interest_current"))
    assert served.counts().rows == 1


def test_errors_are_one_sentence(served: Warehouse):
    with pytest.raises(QueryFailed) as caught:
        served.query_rows("SELECT nope FROM open_interest")
    assert str(caught.value) == "ClickHouse: Unknown expression identifier `nope` (UNKNOWN_IDENTIFIER, code 47)"


def test_an_error_in_the_middle_of_an_answer_is_raised(served: Warehouse):
    lines = served.query_json_lines("SELECT number, throwIf(number = 900000, 'too far') AS t FROM numbers(1000000)")
    with pytest.raises(QueryFailed, match="too far"):
        list(lines)


def test_two_clients_may_be_open_at_once_and_need_no_lock(served: Warehouse, server_settings: Settings):
    publish(served, "b1", [Row()])
    with open_warehouse(server_settings) as other:
        assert other.counts().rows == 1
    assert not list(server_settings.home.iterdir())


def test_a_wrong_password_is_refused_with_the_next_step(server_settings: Settings):
    wrong = server_settings.warehouse.model_copy(update={"password": SecretStr("nope")})
    with (
        pytest.raises(WarehouseUnreachable, match="CLICKHOUSE_HOST, _PORT, _USER, _PASSWORD"),
        open_warehouse(server_settings.model_copy(update={"warehouse": wrong})),
    ):
        pass


def test_what_people_ask_reaches_the_tables_and_nothing_else(served: Warehouse, server_settings: Settings):
    """The loader's user may do more than a reader, so the same check is before it."""
    publish(served, "b", [Row()])
    with open_reader(server_settings) as reader:
        assert reader.query_rows("SELECT open_interest FROM open_interest -- of the database that is set")[1] == [
            (1.0,)
        ]
        assert len(list(reader.query_json_lines("SELECT * FROM served_bi.open_interest"))) == 1
        for sql in (
            "SELECT file('/etc/passwd')",
            "SELECT * FROM url('http://127.0.0.1:9/', TSV)",
            "KILL QUERY WHERE 1",
        ):
            with pytest.raises(QueryFailed, match=r"is refused|reads only"):
                reader.query_rows(sql)
