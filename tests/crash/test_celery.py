"""The backfill DAG under CeleryExecutor, by workers that share no folder; one of them is killed while it reads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from include.ledger.credits.open_charges import open_charges
from include.ledger.credits.spend_totals import totals
from include.ledger.database.engine import open_ledger
from include.simulator.server import RunningSimulator
from tests.crash.cluster import Cluster
from tests.crash.contents import read_account_after_the_last_answer
from tests.crash.test_machines import END, START, Site, run_on
from tests.patience import PATIENCE_SECONDS
from tests.postgres import PostgresServer
from tests.s3 import S3Server
from tests.warehouse.http_server import PASSWORD, free_port, serving

DAG_ID = "open_interest_backfill"
WORKERS = ("worker-1", "worker-2")
pytestmark = [pytest.mark.soak, pytest.mark.timeout(4 * PATIENCE_SECONDS)]


@dataclass(frozen=True)
class Shared(Site):
    """Machines that also share a ClickHouse server."""

    port: int = 0

    def environment(self, machine: str) -> dict[str, str]:
        server = {"HOST": "127.0.0.1", "PORT": str(self.port), "PASSWORD": PASSWORD}
        return super().environment(machine) | {f"CLICKHOUSE_{name}": value for name, value in server.items()}


@pytest.fixture
def shared(
    vendor: RunningSimulator, postgres: PostgresServer, s3: S3Server, tmp_path: Path
) -> Iterator[tuple[Shared, Cluster]]:
    site = Shared(tmp_path / "shared", vendor, postgres.new_database(), s3.url("landing"), free_port())
    with ExitStack() as stack:
        stack.enter_context(serving(tmp_path / "clickhouse", site.port))
        world = {name: value for name, value in site.environment("none").items() if name != "OI_HOME"}
        folder = tmp_path / "machines"
        folder.mkdir()
        yield site, stack.enter_context(Cluster(folder, world, postgres.new_database(), postgres.new_database()))


def test_workers_without_a_common_folder_finish_though_one_dies(
    shared: tuple[Shared, Cluster], vendor: RunningSimulator, tmp_path: Path
) -> None:
    site, cluster = shared
    alone = Site(tmp_path / "alone", vendor, f"sqlite:///{tmp_path / 'ledger.db'}", (tmp_path / "landing").as_uri())
    assert run_on(alone, "only").complete
    for machine in WORKERS:
        cluster.start_worker(machine)
    vendor.turn_on({"slow": 1.0})
    run_id = cluster.trigger(DAG_ID, {"from": START.isoformat(), "to": END.isoformat(), "max_credits": 100_000})
    _kill_one_that_reads(site, cluster)
    vendor.turn_on({})

    assert cluster.finish(DAG_ID, run_id) == "success", cluster.tasks(DAG_ID, run_id)
    report = run_on(site, "planner")
    assert (report.complete, report.requests) == (True, 0)
    assert site.contents("planner") == alone.contents("only")
    assert set(site.answers) == set(alone.answers)
    assert sum(site.answers.values()) - sum(alone.answers.values()) <= 1, "the answer that died with its worker"
    read_account_after_the_last_answer(site.settings("planner"))
    with open_ledger(site.ledger_url) as ledger, ledger.read() as connection:
        assert open_charges(connection) == []
        assert totals(connection) == (vendor.account(site.key).credits, 0)


def _kill_one_that_reads(site: Shared, cluster: Cluster) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while sum(site.answers.values()) < 3:
        logs = "\n".join(f"--- {name}\n{cluster.output(name)}" for name in cluster.processes)
        assert time.monotonic() < until, logs
        time.sleep(0.05)
    cluster.kill(WORKERS[0])
