"""The services of docker-compose.yaml as processes of this machine, from `make secrets` to rows in the marts.

One start serves all tests, since it takes as long as all else. What containers would bring is stood in for: PostgreSQL
is the tests' own; ClickHouse is the tests' own server, which has no users in SQL; Airflow's log-in is its
simple one, since the image's is not installed here; a single task runs at a time.
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import pytest

from include.domain.clock import iso
from include.landing.store import LandingStore
from include.settings import Settings, load_settings
from include.warehouse import open_warehouse
from oi_airflow.environment import SIMPLE_AUTH
from tests import clock
from tests.compose.native import PATIENCE_SECONDS, Native
from tests.compose.rendering import services
from tests.compose.test_make_secrets import make_secrets, values_in
from tests.postgres import OwnServer, own_postgres
from tests.warehouse.http_server import free_port, reading, serving

pytestmark = [pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(600)]  # over a minute of CPU

DAG = "open_interest_backfill"
AIRFLOW = ("airflow-apiserver", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer")
PORTS = {
    "AIRFLOW__API__PORT": "8080",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": "8974",
    "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": "8793",
    "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": "8794",
    "the simulator's": "8900",
}
"""Airflow's ports, and the simulator's, in their containers."""
GIVEN = {
    "KWERY_API_KEY": "kwery_test_business_word-of-the-loader",
    "KWERY_BASE_URL": "http://simulator:8900",
    "OI_NOTIFY_URL": "http://127.0.0.1:9/hooks/word-of-the-chat",
}
SEARCHED = {
    "task logs": "answered 401",
    "rendered templates": "BTC",
    "XCom": "BTC",
    "pages": "kalshi",
    "warehouse": "kalshi",
}
"""What is surely found in each kind of trace."""
WRONG_KEY = "word-of-an-unknown-account"
DAY = clock.real_now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)
ASKED = {"from": iso(DAY), "to": iso(DAY + timedelta(days=1)), "symbols": ["BTC"], "intervals": ["1h"]}
TABLES = "SELECT name FROM system.tables WHERE database = 'market' AND engine != 'View'"
COUNTS = "SELECT source, uniqExact(timestamp), count() FROM bi.open_interest GROUP BY ALL"


@dataclass
class Stack:
    """The running services, the secrets they were given, and a client of Airflow's interface."""

    native: Native
    secrets: dict[str, str]
    postgres: OwnServer
    api: httpx.Client

    @property
    def settings(self) -> Settings:
        """Those of the tasks."""
        return load_settings(self.native.environment("airflow-scheduler"), self.native.folder / "pipeline.yaml")

    def trigger(self, **conf: object) -> str:
        """A run of the DAG, by its id."""
        answer = self.api.post(f"/api/v2/dags/{DAG}/dagRuns", json={"logical_date": None, "conf": {**ASKED, **conf}})
        return str(answer.raise_for_status().json()["dag_run_id"])

    def states(self, run_id: str) -> dict[str, str]:
        """Each task's state."""
        tasks = self.api.get(f"/api/v2/dags/{DAG}/dagRuns/{run_id}/taskInstances").raise_for_status().json()
        return {one["task_id"]: one["state"] for one in tasks["task_instances"]}

    def database(self, name: str) -> str:
        """The whole content of a database, as text."""
        command = [self.postgres.programs / "pg_dump", "--inserts", "--data-only", _libpq(self.postgres, name)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder, private = tmp_path_factory.mktemp("opt-airflow"), tmp_path_factory.mktemp("private")
    make_secrets(private / ".env")
    secrets = {**GIVEN, **values_in(private / ".env")}
    ports = {name: str(free_port()) for name in PORTS}
    with ExitStack() as started:
        postgres = started.enter_context(own_postgres())
        _make_user_and_database_as_the_image_does(postgres, secrets["POSTGRES_PASSWORD"])
        clickhouse = _clickhouse(started, private, secrets)
        rendered = services("demo", **secrets, **clickhouse)
        instead = {
            r"@postgres\b": f"@127.0.0.1:{postgres.port}",
            r"^postgres$": "127.0.0.1",
            r"\b(airflow-apiserver|simulator|0\.0\.0\.0)\b(?=:|$)": "127.0.0.1",
            **{rf"\b{port}\b": ports[name] for name, port in PORTS.items()},
        }
        more = {
            **{name: port for name, port in ports.items() if name.startswith("AIRFLOW")},
            **_in_place_of_what_is_not_here(private, secrets),
            "PGPORT": str(postgres.port),
        }
        native = started.enter_context(Native(folder, rendered, instead, more, postgres.programs))
        native.up("databases", "simulator", "airflow-init", *AIRFLOW)
        native.up("warehouse")
        url = f"http://127.0.0.1:{ports['AIRFLOW__API__PORT']}"
        api = started.enter_context(httpx.Client(base_url=url, timeout=PATIENCE_SECONDS, trust_env=False))
        _log_in(api, secrets["AIRFLOW_ADMIN_PASSWORD"])
        yield Stack(native, secrets, postgres, api)


def _make_user_and_database_as_the_image_does(postgres: OwnServer, password: str) -> None:
    with closing(psycopg2.connect(postgres.url.replace("+psycopg2", ""))) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE USER airflow SUPERUSER PASSWORD '{password}'")
        connection.cursor().execute("CREATE DATABASE airflow OWNER airflow")


def _clickhouse(started: ExitStack, private: Path, secrets: dict[str, str]) -> dict[str, str]:
    """Where the server is, whose users are those that `warehouse` makes."""
    port = free_port()
    users = {
        "admin": {"password": secrets["CLICKHOUSE_ADMIN_PASSWORD"]},
        "loader": {"password": secrets["CLICKHOUSE_PASSWORD"]},
        "reader": reading(secrets["CLICKHOUSE_READER_PASSWORD"]),
    }
    started.enter_context(serving(private / "clickhouse", port, users))
    return {"CLICKHOUSE_HOST": "127.0.0.1", "CLICKHOUSE_PORT": str(port)}


def _in_place_of_what_is_not_here(private: Path, secrets: dict[str, str]) -> dict[str, str]:
    passwords = private / "passwords.json"
    passwords.write_text(json.dumps({"admin": secrets["AIRFLOW_ADMIN_PASSWORD"]}))
    return {
        "AIRFLOW__CORE__AUTH_MANAGER": SIMPLE_AUTH,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__DATABASE__EXTERNAL_DB_MANAGERS": "",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__CORE__PARALLELISM": "1",
        # In a container the two are one.
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "HOSTNAME": socket.gethostname(),
        "NO_PROXY": "127.0.0.1,localhost",
    }


def _log_in(api: httpx.Client, password: str) -> None:
    answer = api.post("/auth/token", json={"username": "admin", "password": password}).raise_for_status()
    api.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def _libpq(postgres: OwnServer, database: str) -> str:
    return postgres.url.replace("+psycopg2", "").rpartition("/")[0] + f"/{database}"


def await_that(holds: Any, explain: Any) -> None:
    """Returns once `holds()` is true; else fails with what is `explain()`."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < until, explain()
        time.sleep(0.5)


@pytest.fixture(scope="module")
def loaded(stack: Stack) -> Stack:
    """A run of the DAG, asked for as a person does, has ended."""
    await_that(lambda: stack.api.get(f"/api/v2/dags/{DAG}").is_success, lambda: stack.native.log_of(AIRFLOW[2])[-4000:])
    stack.api.patch(f"/api/v2/dags/{DAG}", json={"is_paused": False}).raise_for_status()
    run_id = stack.trigger()
    url = f"/api/v2/dags/{DAG}/dagRuns/{run_id}"
    await_that(lambda: stack.api.get(url).json()["state"] in ("success", "failed"), lambda: stack.states(run_id))
    assert set(stack.states(run_id).values()) == {"success"}, stack.states(run_id)
    return stack


def test_every_service_that_runs_on_is_healthy_by_its_own_check(stack: Stack) -> None:
    def health() -> dict[str, Any]:
        return dict(stack.api.get("/api/v2/monitor/health").json())

    await_that(lambda: all(one["status"] == "healthy" for one in health().values()), health)
    for name in ("simulator", *AIRFLOW):
        assert stack.native.processes[name].poll() is None, stack.native.log_of(name)
        assert stack.native.healthy(name), name


def test_the_databases_are_made_once_and_airflows_pools_are_there(stack: Stack) -> None:
    stack.native.up("databases")
    assert stack.native.code("databases") == 0, "again, with nothing left to make"
    with closing(psycopg2.connect(_libpq(stack.postgres, "airflow"))) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        assert {name for (name,) in cursor.fetchall()} >= {"airflow", "ledger"}
    pools = stack.api.get("/api/v2/pools").raise_for_status().json()["pools"]
    assert {pool["name"] for pool in pools} >= {"kwery_api", "warehouse"}


def test_the_warehouse_is_reached_as_the_administrator(stack: Stack) -> None:
    code = stack.native.code("warehouse")
    assert code == 1, "all that the stand-in lacks is users"
    assert "user admin cannot make roles and users" in stack.native.log_of("warehouse")


def test_a_run_asked_for_by_airflows_interface_fills_the_marts(loaded: Stack) -> None:
    with open_warehouse(loaded.settings) as warehouse:
        _, rows = warehouse.query_rows(
            "SELECT source, uniqExact(timestamp), count() FROM bi.open_interest GROUP BY ALL"
        )
    assert sorted(rows) == [(source, 24, 24) for source in ("binance_futures", "hyperliquid", "kalshi")]


def test_rule_7_runs_that_fail_or_not_leave_no_secret(loaded: Stack) -> None:
    connection = {"connection_id": "kwery_default", "conn_type": "kwery", "password": WRONG_KEY}
    loaded.api.post("/api/v2/connections", json=connection).raise_for_status()
    run_id = loaded.trigger(symbols=["ETH"])
    ended = ("failed", "skipped", "success")
    await_that(lambda: loaded.states(run_id).get("report") in ended, lambda: loaded.states(run_id))
    assert (loaded.states(run_id)["price"], loaded.states(run_id)["report"]) == ("failed", "skipped")

    kept = _all_that_is_kept(loaded)

    for name, marker in SEARCHED.items():
        assert marker in kept[name], f"{name} are searched"
    secrets = [*loaded.secrets.values(), WRONG_KEY]
    secrets += [secret.encode().hex() for secret in secrets]  # binary columns are dumped so
    assert {name for name, text in kept.items() if any(secret in text for secret in secrets)} == set()


def _all_that_is_kept(stack: Stack) -> dict[str, str]:
    """By kind: everything that the services printed, and what is in files and databases, compressed pages opened."""
    files = [file for file in stack.native.folder.rglob("*") if file.is_file()]
    store = LandingStore(stack.settings.landing_url)
    airflow = stack.database("airflow")
    with open_warehouse(stack.settings) as warehouse:
        _, names = warehouse.query_rows(TABLES)
        rows = [f"{name} {warehouse.query_rows(f'SELECT * FROM market.{name}')[1]}" for (name,) in names]
    return {
        "files": "\n".join(file.read_bytes().decode("latin-1") for file in files),
        "task logs": "\n".join(file.read_text() for file in files if f"dag_id={DAG}" in str(file)),
        "rendered templates": _inserted(airflow, "rendered_task_instance_fields"),
        "XCom": _inserted(airflow, "xcom"),
        "Airflow's database": airflow,
        "ledger": stack.database("ledger"),
        "pages": "\n".join(repr(store.read(path)) for path in store.walk()),
        "warehouse": "\n".join(rows),
    }


def _inserted(dump: str, table: str) -> str:
    return "\n".join(line for line in dump.splitlines() if line.startswith(f"INSERT INTO public.{table} "))
