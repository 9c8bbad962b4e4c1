"""Four workers share only a PostgreSQL ledger and an S3 landing zone; two of them are killed."""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest

from include.landing.store import LandingStore
from include.ledger.credits.open_charges import open_charges
from include.ledger.credits.spend_totals import totals
from include.ledger.database import engine
from include.ledger.database.engine import open_ledger
from include.ledger.work import windows
from include.pipeline.scope.scope import RunSpec, new_run_id, scope_of
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.extract.pacer import Pacer
from include.pipeline.steps.load.load import load
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.report.run_report import report as report_on
from include.pipeline.steps.report.summary import RunReport
from include.pipeline.steps.settle.settle import settle
from include.pipeline.steps.validate.validate import validate
from include.pipeline.vendor import send_slot
from include.settings import Settings, load_settings
from include.simulator.server import RunningSimulator
from include.warehouse import open_warehouse
from tests import clock
from tests.cli.oi import SILENCED
from tests.crash.contents import read_account_after_the_last_answer
from tests.forked import Forked
from tests.postgres import PostgresServer, own_postgres
from tests.s3 import S3Server

pytestmark = pytest.mark.slow

START = datetime.fromisoformat("2026-03-05T00:00:00Z")
END = START + timedelta(days=2)
CONFIG = """
series: {symbols: [BTC, ETH], intervals: [15m, 1h]}
api: {row_cap: 50, concurrency: 1}
plan: {window_pages: 3}
quality: {max_open_interest: 1.25e+6, max_bad_share: 1.0}
"""
COLUMNS = "source, interval, symbol, timestamp, open_interest, open_interest_usd"
ROWS = f"SELECT {COLUMNS} FROM market.open_interest ORDER BY ALL"
QUARANTINE = "SELECT symbol, source, interval, timestamp_text, rules, raw FROM market.quarantine ORDER BY ALL"


@dataclass(frozen=True)
class Site:
    """What the machines share: an account, a ledger, a landing zone."""

    folder: Path
    vendor: RunningSimulator
    ledger_url: str
    landing_url: str

    @property
    def key(self) -> str:
        return f"kwery_test_business_{self.folder.parent.name}_{self.folder.name}"

    @property
    def answers(self) -> Counter[str | None]:
        """How often each question was answered and charged."""
        account = self.vendor.account(self.key).id
        asked = [one for one in self.vendor.questions if one.account == account and one.status == 200]
        return Counter(one.fingerprint for one in asked)

    def environment(self, machine: str) -> dict[str, str]:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "pipeline.yaml").write_text(CONFIG)
        return {
            "OI_HOME": str(self.folder / machine),
            "OI_CONFIG": str(self.folder / "pipeline.yaml"),
            "OI_LEDGER_URL": self.ledger_url,
            "OI_LANDING_URL": self.landing_url,
            "KWERY_API_KEY": self.key,
            "KWERY_BASE_URL": self.vendor.base_url,
        }

    def settings(self, machine: str) -> Settings:
        return load_settings(self.environment(machine))

    def worker(self, run: RunSpec, machine: str, point: str, window_ids: list[str]) -> Forked:
        environment = {**os.environ, **SILENCED, **self.environment(machine), "OI_TEST_RUN": run.run_id}
        return Forked("tests.crash.extractor", [point, *window_ids], environment, pipes=True)

    def contents(self, machine: str) -> dict[str, object]:
        """Rows and quarantine of a machine's warehouse, and the landed bodies."""
        with open_warehouse(self.settings(machine)) as warehouse:
            rows, quarantine = (warehouse.query_rows(sql)[1] for sql in (ROWS, QUARANTINE))
        store = LandingStore(self.landing_url)
        bodies = {store.read(path).sha256 for path in store.walk()}
        return {"rows": rows, "quarantine": quarantine, "bodies": bodies}


def run_on(site: Site, *machines: str) -> RunReport:
    """The five steps, each on the next machine in turn."""
    planner, reader, validator, publisher = (site.settings(machines[i % len(machines)]) for i in range(4))
    run = RunSpec(new_run_id("test"), "backfill", one_process=False)
    wanted = scope_of(planner, start=START, end=END)
    planned = plan(planner, run, wanted)
    extracted = extract(reader, run, planned.window_ids)
    batch_ids = validate(validator, run)
    load(publisher, batch_ids)
    settle(planner, batch_ids)
    return report_on(planner, run, wanted, extracted, planned.notes)


def planned(site: Site) -> tuple[RunSpec, list[str]]:
    """A run with its windows in the queue."""
    run = RunSpec(new_run_id("test"), "backfill", one_process=False)
    settings = site.settings("planner")
    return run, plan(settings, run, scope_of(settings, start=START, end=END)).window_ids


def start(workers: Sequence[Forked]) -> None:
    """Starts them together."""
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        print("go", file=worker.stdin, flush=True)


@pytest.fixture
def machines(tmp_path: Path, fresh_home: Callable[[Path], Path]) -> Path:
    """The folder of the machines' homes; the publisher's has an empty warehouse."""
    return fresh_home(tmp_path / "shared" / "publisher").parent


@pytest.fixture
def shared(vendor: RunningSimulator, postgres: PostgresServer, s3: S3Server, machines: Path) -> Site:
    return Site(machines, vendor, postgres.new_database(), s3.url("landing"))


@pytest.fixture(scope="module")
def alone(
    vendor: RunningSimulator, tmp_path_factory: pytest.TempPathFactory, fresh_home: Callable[[Path], Path]
) -> Site:
    """One machine with everything in a folder, and the range loaded."""
    folder = tmp_path_factory.mktemp("alone")
    fresh_home(folder / "only")
    site = Site(folder, vendor, f"sqlite:///{folder / 'ledger.db'}", (folder / "landing").as_uri())
    assert run_on(site, "only").complete
    return site


@pytest.fixture
def other_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each opening of a ledger is a process on another machine."""
    numbers = itertools.count()
    monkeypatch.setattr(engine, "this_process", lambda: f"machine-{next(numbers)}/boot/1/0.00")


def check_as_if_alone(shared: Site, alone: Site, publisher: str) -> None:
    assert shared.contents(publisher) == alone.contents("only")
    assert set(shared.answers) == set(alone.answers)
    read_account_after_the_last_answer(shared.settings(publisher))
    with open_ledger(shared.ledger_url) as ledger, ledger.read() as connection:
        assert open_charges(connection) == []
        assert totals(connection) == (shared.vendor.account(shared.key).credits, 0)


@pytest.mark.usefixtures("other_machines")
def test_each_step_may_run_on_another_machine(shared: Site, alone: Site) -> None:
    report = run_on(shared, "planner", "reader", "validator", "publisher")
    assert report.complete, report.left
    check_as_if_alone(shared, alone, "publisher")
    assert shared.answers == alone.answers


def test_four_workers_with_two_killed_end_like_one_undisturbed(shared: Site, alone: Site) -> None:
    run, window_ids = planned(shared)
    points = ("answered", "none", "landed", "none")
    workers = [shared.worker(run, f"worker-{i}", point, window_ids) for i, point in enumerate(points)]
    start(workers)
    said = [worker.communicate()[0] for worker in workers]

    assert [worker.returncode for worker in workers] == [-signal.SIGKILL, 0, -signal.SIGKILL, 0]
    assert int(said[1]) > 0
    assert int(said[3]) > 0
    report = run_on(shared, "planner", "worker-4", "validator", "publisher")
    assert report.complete, report.left
    check_as_if_alone(shared, alone, "publisher")
    assert sum(shared.answers.values()) - sum(alone.answers.values()) == 1, "the answer that died with its worker"


@pytest.mark.usefixtures("other_machines")
@pytest.mark.parametrize("point", ["reserved", "answered", "landed"])
def test_a_worker_that_is_frozen_and_wakes_late_ends_in_order(
    shared: Site, alone: Site, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a lease, another machine takes its window and finishes; then the worker wakes."""
    run, window_ids = planned(shared)
    monkeypatch.setenv("OI_TEST_DISASTER", "freeze")
    frozen = shared.worker(run, "frozen", point, window_ids)
    try:
        start([frozen])
        while psutil.Process(frozen.pid).status() != psutil.STATUS_STOPPED:
            assert frozen.poll() is None
            time.sleep(0.005)
        with pytest.MonkeyPatch.context() as later:
            later.setattr(windows, "is_here", lambda _: False)
            for place, name in ((Pacer, "now"), (send_slot, "utc_now")):  # one clock: else each slot is waited for
                later.setattr(place, name, staticmethod(lambda: clock.now() + windows.LEASE + timedelta(seconds=1)))
            extracted = extract(shared.settings("reader"), run, window_ids)
        assert extracted.landed == window_ids
    finally:
        os.kill(frozen.pid, signal.SIGCONT)
    frozen.communicate()

    assert frozen.returncode == 0
    assert run_on(shared, "planner", "reader", "validator", "publisher").complete
    check_as_if_alone(shared, alone, "publisher")
    assert sum(shared.answers.values()) - sum(alone.answers.values()) == (point == "answered")


def test_a_database_crash_while_reading_costs_one_answer_at_most(
    vendor: RunningSimulator, s3: S3Server, alone: Site, machines: Path
) -> None:
    with own_postgres() as server:
        shared = Site(machines, vendor, server.new_database(), s3.url("landing"))
        run, window_ids = planned(shared)
        worker = shared.worker(run, "worker", "none", window_ids)
        start([worker])
        while sum(shared.answers.values()) < 3:
            assert worker.poll() is None
            time.sleep(0.005)
        server.stop(signal.SIGQUIT)
        server.start()
        worker.communicate()

        report = run_on(shared, "planner", "reader", "validator", "publisher")
        assert report.complete, report.left
        check_as_if_alone(shared, alone, "publisher")
        assert sum(shared.answers.values()) - sum(alone.answers.values()) <= 1
