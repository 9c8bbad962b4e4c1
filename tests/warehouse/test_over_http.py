"""The same code over ClickHouse's HTTP interface."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from include.settings import Settings
from include.settings.warehouse import WarehouseSettings
from include.warehouse import QueryFailed, Warehouse, WarehouseError, WarehouseUnreachable, open_warehouse
from include.warehouse.reading import open_reader
from tests.warehouse.batches import Row, accepted, at, current, dq, history, publish, quarantine, reset_rows, shown
from tests.warehouse.http_server import PASSWORD, READER, READER_PASSWORD, free_port, serving


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
    with pytest.raises(WarehouseError, match="nothing was published"):
        publish(served, "b1", [Row(open_interest=-1.0)])
    with pytest.raises(WarehouseError, match=r"\(x2\)"):
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


Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(port: int) -> Ask:
    """A statement to the server itself, with URL parameters."""

    loader, url = ("default", PASSWORD), f"http://127.0.0.1:{port}/"

    def asked(statement: str | None, user: tuple[str, str] = loader, **parameters: str) -> httpx.Response:
        more: dict[str, Any] = {"auth": user, "params": parameters, "timeout": 60, "trust_env": False}
        return httpx.get(url, **more) if statement is None else httpx.post(url, content=statement, **more)

    return asked


def test_the_server_binds_parameters_and_takes_settings(ask: Ask) -> None:
    bound = ask("SELECT {word:String}, {n:UInt8} + 1 FORMAT JSONCompactColumns", param_word="it's", param_n="6")
    assert bound.json() == [["it's"], [7]]
    assert bound.headers["X-ClickHouse-Format"] == "JSONCompactColumns"
    assert ask("SELECT getSetting('max_threads')", max_threads="3").text == "3\n"
    assert ask("SELECT 1", no_such_setting="1").headers["X-ClickHouse-Exception-Code"] == "115"


def test_a_statement_comes_in_the_url_and_its_rows_in_the_body(ask: Ask) -> None:
    assert ask("CREATE OR REPLACE TABLE default.given (a Int32, b String) ENGINE = MergeTree ORDER BY a").text == ""
    stored = ask("1,x\n2,y\n", query="INSERT INTO default.given FORMAT CSV")
    assert (stored.status_code, stored.text) == (200, "")
    assert json.loads(stored.headers["X-ClickHouse-Summary"])["written_rows"] == "2"
    assert ask('INSERT INTO default.given (a, b) FORMAT JSONEachRow\n{"a": 3, "b": "z"}').status_code == 200
    assert ask("INSERT INTO default.given VALUES (4, 'w')").status_code == 200
    assert ask(None, query="SELECT groupArray(b) FROM (SELECT b FROM default.given ORDER BY a)").text == (
        "['x','y','z','w']\n"
    )


def test_a_session_keeps_its_settings(ask: Ask) -> None:
    assert ask("CREATE TEMPORARY TABLE mine (a Int32)", session_id="s").status_code == 200
    assert ask("SELECT count() FROM mine", session_id="s").text == "0\n"
    assert ask("SELECT count() FROM mine").status_code == 404, "of another session"


def test_who_may_only_read_writes_nothing(ask: Ask) -> None:
    """A user without the right, and whoever asks by GET."""
    making = "CREATE TABLE default.not_made (a Int32) ENGINE = Memory"
    reader = (READER, READER_PASSWORD)
    assert ask("SELECT 1", reader).text == "1\n"
    for refused in (ask(making, reader), ask("SET readonly = 0", reader), ask(None, query=making)):
        assert refused.headers["X-ClickHouse-Exception-Code"] == "164", refused.text
    for stranger in (("default", "nope"), ("nobody", PASSWORD), (READER, PASSWORD)):
        refused = ask("SELECT 1", stranger)
        assert (refused.status_code, refused.headers["X-ClickHouse-Exception-Code"]) == (403, "516")


@pytest.mark.parametrize("coding", ["gzip", "zstd", "lz4"])
def test_answers_and_rows_are_compressed_as_the_client_says(port: int, coding: str) -> None:
    """Through the client that the product uses."""
    import clickhouse_connect

    with clickhouse_connect.get_client(
        host="127.0.0.1", port=port, password=PASSWORD, compress=coding, autogenerate_session_id=False
    ) as client:
        client.command("CREATE OR REPLACE TABLE default.packed (n UInt32, word String) ENGINE = MergeTree ORDER BY n")
        client.insert("default.packed", [[n, "word " * 9] for n in range(1000)], column_names=["n", "word"])
        answer = client.query("SELECT sum(n), uniqExact(word) FROM default.packed")
        assert answer.result_rows == [(499_500, 1)]
        assert len(client.query("SELECT * FROM default.packed").result_rows) == 1000
