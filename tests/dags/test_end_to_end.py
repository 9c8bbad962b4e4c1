"""Both DAGs as `make run` starts them: a process of their own, a real HTTP server, real chDB, a real ledger."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from include.landing.store import LandingStore
from include.settings import ROOT, load_settings
from include.simulator.server import RunningSimulator, SimulatorConfig, running
from include.warehouse import open_warehouse
from tests import clock

pytestmark = pytest.mark.slow

KEY = "kwery_test_business_the-loader"
NOW = datetime(2026, 3, 9, 6, tzinfo=UTC)
"""By both clocks."""
NEVER_SHOWN = {
    "CLICKHOUSE_PASSWORD": "word-of-the-loader",
    "CLICKHOUSE_READER_PASSWORD": "word-of-the-reader",
    "CLICKHOUSE_ADMIN_PASSWORD": "word-of-the-administrator",
    "OI_NOTIFY_URL": "http://127.0.0.1:9/hooks/word-of-the-chat",
}
ANOTHER_KEY = "kwery_test_business_a-naive-reader"
START, END = "2026-03-07T00:00:00Z", "2026-03-08T00:00:00Z"
ROW_FIELDS = ("timestamp", "symbol", "source", "interval", "open_interest", "open_interest_usd")
INTERVALS = ("5m", "15m", "1h", "4h", "1d")
Row = tuple[str, str, str, str, float, float]


@dataclass
class Ended:
    """How a run ended, the two DAG runs with their reports, and everything that was printed."""

    code: int
    runs: list[dict[str, Any]]
    printed: str


@dataclass
class Loader:
    """`python -m oi_airflow.run_dags` with a home of its own."""

    home: Path
    simulator: RunningSimulator

    @property
    def users_home(self) -> Path:
        return self.home.with_name("nobody")

    @property
    def users_temporary(self) -> Path:
        return self.home.with_name("nobodys-tmp")

    def run(self) -> Ended:
        command = [sys.executable, "-m", "oi_airflow.run_dags", "--from", START, "--to", END, "--json"]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
        runs = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
        return Ended(done.returncode, runs[0] if runs else [], done.stdout)

    def rows(self) -> list[Row]:
        """What the warehouse shows, in the order of `everything`."""
        columns = "toString(timestamp), symbol, source, interval, open_interest, open_interest_usd"
        with open_warehouse(load_settings({"OI_HOME": str(self.home)})) as warehouse:
            _, rows = warehouse.query_rows(f"SELECT {columns} FROM market.open_interest ORDER BY ALL")
        return [(row[0][:19].replace(" ", "T") + "Z", *row[1:]) for row in rows]

    def paid(self) -> int:
        """Credits, by the vendor's own count."""
        return self.simulator.account(KEY).credits

    def _environment(self) -> dict[str, str]:
        settings = self.home / "pipeline.yaml"
        self.users_temporary.mkdir(exist_ok=True)
        settings.write_text("series:\n  symbols: [BTC, ETH]\n")
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.users_home),
            "TMPDIR": str(self.users_temporary),
            "PYTHONPATH": clock.PYTHON_PATH,
            **clock.at(NOW),
            "OI_HOME": str(self.home),
            "OI_CONFIG": str(settings),
            "KWERY_BASE_URL": self.simulator.base_url,
            "KWERY_API_KEY": KEY,
            **NEVER_SHOWN,
        }


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Loader, Ended]]:
    """A loader that has taken the day through both DAGs once."""
    with running(SimulatorConfig(now=NOW)) as simulator:
        loader = Loader(tmp_path_factory.mktemp("loaded"), simulator)
        yield loader, loader.run()


def everything(simulator: RunningSimulator) -> list[Row]:
    """The day as the vendor answers it, read without this project's client."""
    rows: list[Row] = []
    for symbol in ("BTC", "ETH"):
        for interval in INTERVALS:
            asked = {"symbol": symbol, "interval": interval, "start": START, "end": END, "limit": "1000"}
            url, auth = f"{simulator.base_url}/v1/open-interest", {"X-API-Key": ANOTHER_KEY}
            answer = httpx.get(url, params=asked, headers=auth, trust_env=False).json()
            assert answer["meta"]["next_cursor"] is None
            rows += [tuple(row[name] for name in ROW_FIELDS) for row in answer["data"]]
    return sorted(rows)


def test_a_day_goes_through_both_dags_into_the_warehouse_exactly(loaded: tuple[Loader, Ended]) -> None:
    loader, ended = loaded

    assert ended.code == 0, ended.printed
    assert [run["dag_id"] for run in ended.runs] == ["open_interest_hourly", "open_interest_daily"]
    assert all(run["report"]["complete"] for run in ended.runs)
    assert sum(run["report"]["credits"] for run in ended.runs) == loader.paid() > 0
    assert loader.rows() == everything(loader.simulator)


def test_rule_7_a_run_leaves_no_secret_anywhere(loaded: tuple[Loader, Ended]) -> None:
    loader, ended = loaded
    secrets = (KEY, "word-of-the-")

    files = [file for file in loader.home.rglob("*") if file.is_file()]
    assert len(files) > 20
    leaking = [file for file in files if any(secret.encode() in file.read_bytes() for secret in secrets)]
    assert leaking == [], "logs, XCom and rendered templates are among them: Airflow's database is"
    assert not any(secret in ended.printed for secret in secrets)
    with closing(sqlite3.connect(loader.home / "airflow" / "airflow.db")) as airflow:
        for table in ("rendered_task_instance_fields", "xcom"):
            assert airflow.execute(f"SELECT count(*) FROM {table}").fetchone() > (0,), f"{table} is searched"
    store = LandingStore(load_settings({"OI_HOME": str(loader.home)}).landing_url)
    pages = "".join(repr(store.read(path)) for path in store.walk())  # they lie there compressed
    assert "binance_futures" in pages
    assert not any(secret in pages for secret in secrets)


def test_a_run_writes_nothing_outside_its_home(loaded: tuple[Loader, Ended]) -> None:
    loader, _ = loaded

    assert not loader.users_home.exists()
    assert list(loader.users_temporary.iterdir()) == []
