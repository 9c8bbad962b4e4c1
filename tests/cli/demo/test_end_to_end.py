"""Both DAGs as `make run` starts them: a process of their own, a real HTTP server, real chDB, a real ledger."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import product

import httpx
import pytest

from include.cli.demo.day import ACCOUNTS_FILE, SIMULATED_KEY, SPOILED_ROWS
from include.landing.store import LandingStore
from include.settings import load_settings
from include.simulator.server import RunningSimulator, SimulatorConfig, running
from include.warehouse import open_warehouse
from tests.cli.demo.conftest import Demonstration

pytestmark = pytest.mark.slow

ANOTHER_KEY = "kwery_test_business_a-naive-reader"
START, END = "2026-03-07T00:00:00Z", "2026-03-08T00:00:00Z"
ROW_FIELDS = ("timestamp", "symbol", "source", "interval", "open_interest", "open_interest_usd")
KEY_FIELDS = 4
SYMBOLS = ("BTC", "ETH", "SOL")
INTERVALS = ("5m", "15m", "1h", "4h", "1d")
QUARANTINED = 3
Row = tuple[str, str, str, str, float, float]


@pytest.fixture
def vendor() -> Iterator[RunningSimulator]:
    """The simulator that the demonstration read from, once more."""
    with running(SimulatorConfig(data=SPOILED_ROWS)) as simulator:
        yield simulator


def stored(demonstration: Demonstration, columns: str, table: str) -> list[tuple[str, ...]]:
    with open_warehouse(load_settings({"OI_HOME": str(demonstration.oi.home)})) as warehouse:
        return warehouse.query_rows(f"SELECT {columns} FROM market.{table} ORDER BY ALL")[1]


def everything(simulator: RunningSimulator) -> list[Row]:
    """The day as the vendor answers it, read without this project's client."""
    rows: list[Row] = []
    with httpx.Client(base_url=simulator.base_url, headers={"X-API-Key": ANOTHER_KEY}, trust_env=False) as client:
        for symbol, interval in product(SYMBOLS, INTERVALS):
            asked = {"symbol": symbol, "interval": interval, "start": START, "end": END, "limit": "1000"}
            answer = client.get("/v1/open-interest", params=asked).json()
            assert answer["meta"]["next_cursor"] is None
            rows += [tuple(row.get(name) for name in ROW_FIELDS) for row in answer["data"]]
    return rows


def test_a_day_goes_through_both_dags_into_the_warehouse_exactly(
    demonstration: Demonstration, vendor: RunningSimulator
) -> None:
    answered = everything(vendor)
    rejected = set(stored(demonstration, "timestamp_text, symbol, source, interval", "quarantine"))
    names = "toString(timestamp), symbol, source, interval, open_interest, open_interest_usd"
    rows = [(row[0][:19].replace(" ", "T") + "Z", *row[1:]) for row in stored(demonstration, names, "open_interest")]

    assert demonstration.shown.code == 0, demonstration.shown.out + demonstration.shown.err
    assert len(rejected) == QUARANTINED
    assert rows == sorted(row for row in answered if row[:KEY_FIELDS] not in rejected)
    assert len(answered) - len(rows) == QUARANTINED
    with closing(sqlite3.connect(demonstration.oi.home / "ledger.db")) as ledger:
        lanes, credits = zip(*ledger.execute("SELECT lane, settled_credits FROM runs ORDER BY started_at"), strict=True)
    [account] = json.loads((demonstration.oi.home / ACCOUNTS_FILE).read_text())["accounts"].values()
    assert lanes[:2] == ("hourly", "daily")
    assert sum(credits) == account["credits"] > 0


def test_rule_7_a_run_leaves_no_secret_anywhere(demonstration: Demonstration) -> None:
    secrets, home = (SIMULATED_KEY, "word-of-the-"), demonstration.oi.home

    files = [file for file in home.rglob("*") if file.is_file()]
    assert len(files) > 20
    leaking = [file for file in files if any(secret.encode() in file.read_bytes() for secret in secrets)]
    assert leaking == [], "logs, XCom and rendered templates are among them: Airflow's database is"
    assert not any(secret in demonstration.shown.out + demonstration.shown.err for secret in secrets)
    with closing(sqlite3.connect(home / "airflow" / "airflow.db")) as airflow:
        for table in ("rendered_task_instance_fields", "xcom"):
            assert airflow.execute(f"SELECT count(*) FROM {table}").fetchone() > (0,), f"{table} is searched"
    store = LandingStore(load_settings({"OI_HOME": str(home)}).landing_url)
    pages = "".join(repr(store.read(path)) for path in store.walk())  # they lie there compressed
    assert "binance_futures" in pages
    assert not any(secret in pages for secret in secrets)


def test_a_run_writes_nothing_outside_its_home(demonstration: Demonstration) -> None:
    assert not demonstration.users_home.exists()
    assert list(demonstration.users_temporary.iterdir()) == []
