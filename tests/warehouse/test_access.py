"""Who may do what. The engine here checks the shipped grants and limits, but has no log-in; see `roles`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from include.settings import Settings, load_settings
from include.warehouse import QueryFailed, WarehouseError, access, grant, migrate, views
from include.warehouse.session import Session, plain_errors
from include.warehouse.warehouse import Warehouse
from tests.warehouse.batches import Row, accepted, current, dq, quarantine, shown
from tests.warehouse.http_server import PASSWORD, free_port, serving
from tests.warehouse.roles import engine_of, grants_of, limits, quota, shipped_statements
from tests.warehouse.shards import connect_two_shards, warehouse_on_two_shards
from tests.warehouse.test_rebuild import pages

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

ACCESS_DENIED, READ_ONLY, CONSTRAINT_VIOLATED, UNKNOWN_ROLE, QUOTA_EXCEEDED = 497, 164, 452, 511, 201
MEANT = {
    "readonly": "2",
    "max_execution_time": "60",
    "max_memory_usage": "4000000000",
    "max_rows_to_read": "1000000000",
    "max_result_rows": "1000000",
    "max_result_bytes": "128000000",
    "timeout_overflow_mode": "throw",
    "read_overflow_mode": "throw",
    "result_overflow_mode": "throw",
    "max_concurrent_queries_for_user": "16",
}
"""The reader's limits: a minute, 4 GB, 10^9 rows read, 10^6 or 128 MB answered, 16 queries at once."""
MOMENT = "(moment = '2026-03-08 00:00:00')"
MARTS = [f"{mart}{MOMENT}" if mart.endswith("_as_of") else mart for mart in views.marts()]
ROW = Row(open_interest_usd=5.0)
LOADER_ON_A_CLUSTER = [*grants_of("oi_loader"), *grants_of("oi_loader", "03_cluster")]
MartAnswers = dict[str, list[tuple[Any, ...]] | QueryFailed]
TO_ASK_AS_THE_READER = ("GRANT CREATE, DROP, SELECT ON asked.*", "GRANT SET DEFINER ON reader")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, fresh_home: object) -> Path:
    """Where an engine's user, with nothing but the role oi_loader, has migrated, published and rebuilt.

    `fresh_home` comes first, since it opens an engine, too.
    """
    folder = tmp_path_factory.mktemp("roles")
    with engine_of(folder, "oi_loader") as client:
        session = Session(client, "market")
        migrate.migrate(session)
        warehouse = Warehouse(session, lambda: client)
        findings = quarantine("q1"), dq("fresh")
        warehouse.publish("b1", accepted([ROW]), *findings, restatement_share=0.05)
        with warehouse.rebuilding(pages()) as publish_again:
            publish_again("b1", accepted([ROW]), *findings)
        assert warehouse.counts().quarantined == 1
        assert warehouse.check() == []
    return folder


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory, engine: OneEngine) -> Path:
    """Two shards that a user migrated and published to, with the role oi_loader and what a cluster adds to it."""
    engine.close()
    folder = tmp_path_factory.mktemp("shards")
    with warehouse_on_two_shards(folder, "market", LOADER_ON_A_CLUSTER) as warehouse:
        warehouse.publish("b", accepted([ROW, ROW._replace(symbol="ETH")]), quarantine("q"), dq("fresh"))
    return folder


class OneEngine:
    """The engine on `folder`, open from test to test as long as they want the same user: to open it takes 0.2 s."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._asked: tuple[str, ...] = ()
        self._open = ExitStack()
        self._client: Client

    def of(self, role: str, *more: str) -> Client:
        if self._asked != (role, *more):
            self.close()
            self._client = self._open.enter_context(engine_of(self._folder, role, *more))
            self._asked = (role, *more)
        return self._client

    def close(self) -> None:
        self._open.close()
        self._asked = ()


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[OneEngine]:
    engine = OneEngine(folder)
    yield engine
    engine.close()


@pytest.fixture(autouse=True)
def _one_engine_at_a_time(request: pytest.FixtureRequest, engine: OneEngine) -> None:
    if not {"loader", "reader"} & set(request.fixturenames):
        engine.close()


@pytest.fixture
def loader(engine: OneEngine) -> Client:
    return engine.of("oi_loader", *TO_ASK_AS_THE_READER)


@pytest.fixture
def reader(engine: OneEngine) -> Client:
    """Its tests change nothing: none of them may."""
    return engine.of("oi_reader")


@pytest.fixture(scope="module")
def marts_as_reader(engine: OneEngine) -> MartAnswers:
    """What the reader gets of each mart: to plan two queries for each takes a second of CPU time for all of them."""
    loader = engine.of("oi_loader", *TO_ASK_AS_THE_READER)
    found: MartAnswers = {}
    for mart in MARTS:
        try:
            found[mart] = ask_as_reader(loader, f"SELECT * FROM bi.{mart}")
        except QueryFailed as refused:
            found[mart] = refused
    return found


def code_of(client: Client, statement: str) -> int | None:
    """ClickHouse's number for why it refuses the statement; None where it does not."""
    try:
        with plain_errors():
            client.raw_query(statement)
    except QueryFailed as error:
        return error.code
    return None


def ask_as_reader(client: Client, sql: str) -> list[tuple[Any, ...]]:
    """The answer that the reader gets, through a view that is read with the reader's rights."""
    with plain_errors():
        client.command("CREATE DATABASE IF NOT EXISTS asked")
        client.command(f"CREATE OR REPLACE VIEW asked.answer DEFINER = reader SQL SECURITY DEFINER AS {sql}")
        return list(client.query("SELECT * FROM asked.answer").result_rows)


def test_the_loader_reaches_nothing_but_its_own_databases(loader: Client):
    assert shown(Warehouse(Session(loader, "market"), lambda: loader), "open_interest") == current([ROW])
    for statement in (
        "CREATE DATABASE other",
        "CREATE TABLE default.other (a Int32) ENGINE = Memory",
        "CREATE USER somebody",
        "GRANT oi_loader TO reader",
        "SELECT * FROM file('/etc/passwd', LineAsString)",
    ):
        assert code_of(loader, statement) == ACCESS_DENIED, statement


def test_the_loaders_role_and_what_a_cluster_adds_to_it_are_enough_there(shards: Path):
    with warehouse_on_two_shards(shards, "market", LOADER_ON_A_CLUSTER) as warehouse:
        assert warehouse.check() == []
        assert warehouse.query_rows("SELECT uniqExact(symbol) FROM bi.open_interest")[1] == [(2,)]


def test_reader_on_a_shard_reads_marts_and_not_quarantine(shards: Path):
    """Its grants on the shard itself cover every table that a mart reads."""
    with connect_two_shards(shards, "market") as client:
        sql = "SELECT name FROM system.tables WHERE database = 'market' AND NOT endsWith(name, '_local')"
        asked_by_the_maker = [f"GRANT SELECT ON market.{name}" for (name,) in client.query(sql).result_rows]
    on_the_shard = [*grants_of("oi_reader"), *grants_of("oi_reader", "03_cluster")]
    with connect_two_shards(shards, "market", [*asked_by_the_maker, *on_the_shard]) as client:
        for mart in MARTS:
            assert code_of(client, f"SELECT * FROM bi.{mart}") is None, mart
        assert client.query("SELECT open_interest FROM bi.open_interest").result_rows == [(1.0,), (1.0,)]
        for statement in ("SELECT raw FROM market.quarantine", "SELECT sample FROM market.dq_results"):
            assert code_of(client, statement) == ACCESS_DENIED, statement


def test_the_reader_reads_every_mart_without_a_right_on_what_it_is_made_of(
    loader: Client, marts_as_reader: MartAnswers
):
    names = [name for (name,) in loader.query("SELECT name FROM system.tables WHERE database = 'bi'").result_rows]
    assert sorted(names) == sorted(mart.partition("(")[0] for mart in MARTS), "each mart is queried"
    assert {mart: answer for mart, answer in marts_as_reader.items() if isinstance(answer, QueryFailed)} == {}
    assert ask_as_reader(loader, "SELECT open_interest, open_interest_usd FROM bi.open_interest") == [(1.0, 5.0)]


def test_the_reader_sees_nothing_of_quarantine(loader: Client, marts_as_reader: MartAnswers):
    raw = "n/a"
    assert raw in str(loader.query("SELECT raw FROM market.quarantine").result_rows)
    for table in ("quarantine", "quarantine_rows", "dq_results", "open_interest_observations"):
        with pytest.raises(QueryFailed, match=rf"reader: Not enough privileges.*market\.{table}"):
            ask_as_reader(loader, f"SELECT * FROM market.{table}")
    assert raw not in str(marts_as_reader)


def test_the_reader_has_the_limits_that_are_meant(loader: Client):
    inside_a_view = {"max_result_rows": "0", "max_result_bytes": "0"}  # limits of whole answers
    asked = ", ".join(f"toString(getSetting('{name}')) AS {name}" for name in MEANT)
    assert dict(zip(MEANT, ask_as_reader(loader, f"SELECT {asked}")[0], strict=True)) == MEANT | inside_a_view
    assert limits() == MEANT
    assert quota() == {60: {"queries": 600}, 3600: {"execution_time": 7200}}


def test_the_readers_quota_is_kept(folder: Path):
    with engine_of(folder, "oi_reader", queries=30) as client:
        answers = [code_of(client, "SELECT count() FROM numbers(1)") for _ in range(100)]
    assert QUOTA_EXCEEDED in answers


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO bi.open_interest (symbol) VALUES ('BTC')",
        "INSERT INTO market.quarantine_rows (raw) VALUES ('x')",
        "CREATE TABLE bi.mine (a Int32) ENGINE = Memory",
        "CREATE VIEW bi.mine AS SELECT 1",
        "CREATE DATABASE mine",
        "ALTER TABLE market.open_interest_current DELETE WHERE 1",
        "ALTER TABLE bi.quality MODIFY SQL SECURITY INVOKER",
        "TRUNCATE TABLE market.quarantine_rows",
        "DROP TABLE bi.quality",
        "DROP DATABASE market",
        "CREATE USER somebody",
        "INSERT INTO FUNCTION file('/tmp/never', 'CSV', 'a Int32') VALUES (1)",
        "SELECT * FROM market.quarantine",
        "SELECT * FROM file('/etc/passwd', LineAsString)",
        "SELECT * FROM url('http://127.0.0.1:9/', LineAsString)",
        "SELECT * FROM remote('127.0.0.1:9', market.quarantine)",
        "SYSTEM DROP MARK CACHE",
    ],
)
def test_the_reader_cannot_write_or_look_elsewhere(reader: Client, statement: str):
    assert code_of(reader, statement) in (ACCESS_DENIED, READ_ONLY)


def test_the_reader_cannot_see_the_sources_of_marts(reader: Client):
    seen = reader.query("SELECT DISTINCT database FROM system.tables WHERE database NOT IN ('system')").result_rows
    assert [name for (name,) in seen if name.lower() != "information_schema"] == ["bi"]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT count() FROM numbers(2000000000)", 158),  # TOO_MANY_ROWS
        ("SELECT number FROM numbers(2000000) FORMAT Null", 396),  # TOO_MANY_ROWS_OR_BYTES
        ("SELECT sleepEachRow(0.3) FROM numbers(6) SETTINGS max_execution_time = 1, max_block_size = 1", 159),
        ("SELECT groupArray(number) FROM numbers(10000000) SETTINGS max_memory_usage = 10000000", 241),
        ("SELECT 1 SETTINGS max_memory_usage = 0", CONSTRAINT_VIOLATED),
        ("SELECT 1 SETTINGS max_execution_time = 61", CONSTRAINT_VIOLATED),
        ("SELECT 1 SETTINGS max_result_rows = 1000001", CONSTRAINT_VIOLATED),
        ("SELECT 1 SETTINGS result_overflow_mode = 'break'", CONSTRAINT_VIOLATED),
        ("SELECT 1 SETTINGS readonly = 0", READ_ONLY),
        ("SELECT 1 SETTINGS max_execution_time = 5, max_result_rows = 10, max_block_size = 1000", None),
    ],
)
def test_the_reader_can_lower_its_limits_and_not_pass_them(reader: Client, statement: str, code: int | None):
    assert code_of(reader, statement) == code


@pytest.mark.parametrize("script", ["01_roles", "02_limits", "03_cluster", "loader", "reader"])
def test_every_statement_is_understood_and_ends_only_at_the_lack_of_users(warehouse: Warehouse, script: str):
    for statement in shipped_statements(script):
        with pytest.raises(QueryFailed) as caught:
            warehouse._session.command(statement, {"hash": "ab" * 32, "salt": "cd"})
        assert caught.value.code in (ACCESS_DENIED, UNKNOWN_ROLE), f"{statement}: {caught.value}"


class Recorder:
    """An empty server that allows everything and remembers who asked for what; no server can be started here."""

    def __init__(self) -> None:
        self.user = ""
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.asked_by: dict[str, list[str]] = {}

    def opened(self, settings: Settings) -> Recorder:
        self.user = settings.warehouse.user
        return self

    def command(self, statement: str, parameters: dict[str, str] | None = None) -> None:
        self.asked.append((statement, parameters or {}))
        self.asked_by.setdefault(self.user, []).append(statement)

    def query(self, sql: str, **more: object) -> Recorder:
        return self

    @property
    def result_rows(self) -> list[tuple[Any, ...]]:
        return []

    def close(self) -> None:
        self.asked.append(("closed", {}))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(access, "open_client", recorder.opened)
    return recorder


def settings_of(home: Path, **environment: str) -> Settings:
    return load_settings({"OI_HOME": str(home), "CLICKHOUSE_HOST": "127.0.0.1", **environment})


def test_rule_7_administrator_creates_users_without_sending_passwords(server: Recorder, tmp_path: Path):
    passwords = {"CLICKHOUSE_PASSWORD": "word-of-the-loader", "CLICKHOUSE_READER_PASSWORD": "word-of-the-reader"}
    administrator = {"CLICKHOUSE_ADMIN_USER": "root", "CLICKHOUSE_ADMIN_PASSWORD": "word-of-root"}
    done = grant(settings_of(tmp_path, CLICKHOUSE_USER="loader", **passwords, **administrator))
    assert done[1:3] == ["user loader is oi_loader", "user reader is oi_reader"]
    assert [user for user, asked in server.asked_by.items() if "IDENTIFIED" in str(asked)] == ["root"]
    assert "word-of" not in f"{server.asked} {done}"
    for user, password in (("loader", "word-of-the-loader"), ("reader", "word-of-the-reader")):
        (bound,) = {tuple(bound.items()) for statement, bound in server.asked if f" {user} IDENTIFIED" in statement}
        expected = hashlib.sha256((password + dict(bound)["salt"]).encode()).hexdigest()
        assert dict(bound)["hash"] == expected
    assert server.asked[-1] == ("closed", {})


def test_loader_alone_creates_tables_and_marts(server: Recorder, tmp_path: Path):
    """After the administrator created the loader."""
    administrator = {"CLICKHOUSE_ADMIN_USER": "root", "CLICKHOUSE_ADMIN_PASSWORD": "word-of-root"}
    done = grant(settings_of(tmp_path, CLICKHOUSE_USER="loader", **administrator))
    assert list(server.asked_by) == ["root", "loader"], "one after the other"
    made = re.compile(r"CREATE (DATABASE|TABLE|OR REPLACE VIEW)")
    assert not any(made.match(statement) for statement in server.asked_by["root"])
    assert sum(bool(made.match(statement)) for statement in server.asked_by["loader"]) > len(MARTS)
    assert done[-1] == "user loader has made what was missing of market and bi"


def test_without_administrator_existing_users_are_unchanged(server: Recorder, tmp_path: Path):
    """Neither the loader nor a reader without a password is touched."""
    done = grant(settings_of(tmp_path, CLICKHOUSE_USER="loader"))
    assert server.user == "loader"
    assert "it was left as it is" in done[1]
    assert "set CLICKHOUSE_READER_PASSWORD" in done[2]
    assert not any("IDENTIFIED" in statement for statement, _ in server.asked)


def test_one_user_for_all_is_refused(server: Recorder, tmp_path: Path):
    for users in ({"CLICKHOUSE_USER": "reader"}, {"CLICKHOUSE_ADMIN_USER": "default"}):
        with pytest.raises(WarehouseError, match="must be different users"):
            grant(settings_of(tmp_path, **users))
    assert server.asked == []


def test_a_name_that_would_need_quotes_is_refused(server: Recorder, tmp_path: Path):
    with pytest.raises(WarehouseError, match=r"user 'the-loader' must be letters.*another name for the loader"):
        grant(settings_of(tmp_path, CLICKHOUSE_USER="the-loader", CLICKHOUSE_ADMIN_USER="root"))
    assert server.asked[-1] == ("closed", {})


def test_the_embedded_warehouse_is_passed_over_with_a_sentence(tmp_path: Path):
    (done,) = grant(load_settings({"OI_HOME": str(tmp_path)}))
    assert "Set CLICKHOUSE_HOST to a server" in done
    assert not list(tmp_path.iterdir())


def test_what_a_server_keeps_in_its_files_is_named_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with engine_of(tmp_path / "engine", "oi_loader", "GRANT ACCESS MANAGEMENT ON *.*") as client:
        monkeypatch.setattr(access, "open_client", lambda _: client)
        with pytest.raises(WarehouseError, match=r"oi_loader.*in its own files cannot be changed from here"):
            grant(settings_of(tmp_path))


def test_a_user_without_the_right_is_asked_for_an_administrator(tmp_path: Path):
    port = free_port()
    with serving(tmp_path / "server", port):
        settings = settings_of(tmp_path, CLICKHOUSE_PORT=str(port), CLICKHOUSE_PASSWORD=PASSWORD)
        with pytest.raises(WarehouseError, match=r"user default cannot make roles and users.*CLICKHOUSE_ADMIN_USER"):
            grant(settings)
