"""A home for each case: small pages, windows and batches, and rows that end in quarantine."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from include.landing.store import LandingStore
from include.settings import Settings, load_settings
from include.simulator.config import SimulatorConfig
from include.simulator.server import RunningSimulator
from tests.cli.oi import SILENCED, Answer
from tests.crash.disasters import WORKER_PID, Strike
from tests.crash.points import POINTS
from tests.crash.scheduler import DagRun, Scheduler
from tests.forked import Forked
from tests.patience import PATIENCE_SECONDS
from tests.warehouse.http_server import PASSWORD

VENDOR = SimulatorConfig(now=datetime(2026, 3, 10, 6, tzinfo=UTC), enforce_rates=False)
DAY = ("--from", "2026-03-07", "--to", "2026-03-08")
REQUESTS = 16
"""The requests of an undisturbed load of the day: 6 windows of 2 or 3 pages."""
CONFIG = """
series: {{symbols: [BTC, ETH], intervals: [15m, 1h]}}
api: {{row_cap: 50, concurrency: {concurrency}}}
plan: {{window_pages: 3}}
quality: {{max_open_interest: 1.25e+6, max_bad_share: 1.0}}
warehouse: {{batch_rows: 250, lock_timeout_seconds: {lock_timeout_seconds}}}
"""
LEDGER_MADE = "SELECT 1 FROM sqlite_master WHERE name = 'charges'"


@dataclass
class World:
    """One OI_HOME and one account of the vendor.

    Its warehouse is embedded, or the ClickHouse server that listens at `server_port`, up or not.
    `lost` are the charges whose answers died with a process, `lost_in_tasks` how many more may have died with Airflow's
    tasks, `workers` the notes of the validation processes' pids.
    """

    folder: Path
    vendor: RunningSimulator
    name: str
    concurrency: int = 1
    lock_timeout_seconds: float = 60
    server_port: int | None = None
    lost: set[int] = field(default_factory=set)
    lost_in_tasks: int = 0
    replayed: bool = False
    workers: dict[int, Path] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def key(self) -> str:
        return f"kwery_test_business_{self.name}"

    @property
    def environment(self) -> dict[str, str]:
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "pipeline.yaml"
        config.write_text(CONFIG.format(concurrency=self.concurrency, lock_timeout_seconds=self.lock_timeout_seconds))
        variables = {
            "OI_HOME": str(self.home),
            "OI_CONFIG": str(config),
            "KWERY_API_KEY": self.key,
            "KWERY_BASE_URL": self.vendor.base_url,
        }
        if self.server_port is None:
            return variables
        server = {"HOST": "127.0.0.1", "PORT": str(self.server_port), "PASSWORD": PASSWORD}
        return variables | {f"CLICKHOUSE_{name}": value for name, value in server.items()}

    @property
    def settings(self) -> Settings:
        return load_settings(self.environment)

    @property
    def paid_requests(self) -> int:
        """Answers, with rows or without, that the vendor has charged to this account."""
        return len(self.paid_questions)

    @property
    def paid_questions(self) -> list[str]:
        account = self.vendor.account(self.key).id
        asked = [one for one in self.vendor.questions if one.account == account and one.status == 200]
        return [one.fingerprint or "" for one in asked]

    @property
    def paid_credits(self) -> int:
        return self.vendor.account(self.key).credits

    def start(self, point: str = "planned", disaster: str = "none", call: int | None = None, **more: str) -> Forked:
        """`./oi load` of the day with a disaster in it."""
        return self._start(("load", *DAY), point, disaster, call, **more)

    def start_replay(self) -> Forked:
        """`./oi replay` of all pages landed so far: rows and results get new batches."""
        self.replayed = True
        return self._start(("replay",))

    def _start(
        self,
        arguments: Sequence[str],
        point: str = "planned",
        disaster: str = "none",
        call: int | None = None,
        **more: str,
    ) -> Forked:
        number = POINTS[point].call if call is None else call
        note = self.folder / f"worker-{len(self.workers)}.pid"
        environment = {**os.environ, **SILENCED, **self.environment, WORKER_PID: str(note), **more}
        process = Forked("tests.crash.driver", [disaster, point, str(number), *arguments], environment)
        self.workers[process.pid] = note
        return process

    def load(self, point: str = "planned", disaster: str = "none", call: int | None = None, **more: str) -> Answer:
        """Runs to the end; notes in `lost` what died with it, and checks that the validation process has ended."""
        return self.finish(self.start(point, disaster, call, **more))

    def finish(self, process: Forked) -> Answer:
        """Waits until a started load ends."""
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        _await_end(self.workers[process.pid])
        if process.returncode == -signal.SIGKILL:
            self.lost |= self.in_flight()
        assert process.returncode is not None
        return Answer(process.returncode, out, err)

    def run_dag(
        self,
        scheduler: Scheduler,
        strikes: Mapping[str, Sequence[Strike]] | None = None,
        *,
        patient: bool = False,
        **more: str,
    ) -> DagRun:
        """The day through the hourly DAG; the n-th try of a task suffers its n-th strike.

        A retry comes at once, or when it is due if `patient`.
        """
        conf = {"from": DAY[1], "to": DAY[3], "intervals": ["15m", "1h"]}
        run = scheduler.run("open_interest_hourly", conf, self.environment | more, strikes or {}, patient=patient)
        killed = [task for task, code in run.tries if code == -signal.SIGKILL and task.startswith("extract")]
        self.lost_in_tasks += self.concurrency * len(killed)
        return run

    def await_pages(self, process: Forked, count: int) -> None:
        """Waits, while `process` lives, until the account has paid for that many answers."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self.paid_requests < count:
            assert process.poll() is None, "the load ended before it had asked so much"
            assert time.monotonic() < until
            time.sleep(0.005)

    def in_flight(self) -> set[int]:
        """Reserved charges without a landed answer; none where the ledger does not exist yet."""
        if not (self.home / "ledger.db").exists() or not self.ledger(LEDGER_MADE):
            return set()
        store = LandingStore(self.settings.landing_url)
        landed = {store.read(path).charge_id for path in store.walk()}
        return {
            charge for (charge,) in self.ledger("SELECT id FROM charges WHERE state IN ('reserved', 'unknown')")
        } - landed

    def ledger(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the ledger."""
        connection = sqlite3.connect(self.home / "ledger.db", timeout=PATIENCE_SECONDS)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


def _await_end(note: Path) -> None:
    """The validation process ends when the main one is gone."""
    until = time.monotonic() + PATIENCE_SECONDS
    while note.exists() and _runs(int(note.read_text())):
        assert time.monotonic() < until, "the validation process outlives the load"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
