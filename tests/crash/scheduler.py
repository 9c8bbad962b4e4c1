"""A small scheduler: runs DAGs on request, each try of a task in its own process that a disaster may strike.

Which task runs when, and which is tried again, is decided by Airflow; each try is forked and watched by the supervisor
that Airflow's executors use, and works as on any worker. Two things differ from a deployment: a retry comes at once
unless it is configured to wait, and the heavy imports are made before the fork, so that a try costs half a second.

Protocol: a line of JSON for each DAG run, answered by a line of JSON. It ends with its input.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from include.settings import Settings
from oi_airflow import environment
from tests import clock
from tests.cli.oi import SILENCED
from tests.crash.disasters import BUSY_SECONDS, Strike
from tests.forked import Forked

if TYPE_CHECKING:
    from airflow.sdk import DAG

WHAT_TASKS_IMPORT = (
    *("airflow.providers.clickhousedb.hooks.clickhouse", "airflow.sdk.definitions.asset.metadata"),
    *("jinja2.ext", "setproctitle"),
)
"""Beside what any forked program does; each try of a task would import them again."""
REQUESTS_A_TASK = 8
"""A small run is read by two tasks then, and one may die while the other lives."""


@dataclass(frozen=True)
class DagRun:
    """How a DAG run and its tasks ended, each try of a task with its exit code in order, and what the tries logged.

    `labels` are the names that the grid shows of mapped tasks.
    """

    state: str
    note: str | None
    states: dict[str, str]
    labels: dict[str, str]
    tries: list[tuple[str, int]]
    log: str

    @property
    def tail(self) -> str:
        """The tries, and the end of the log."""
        return f"{self.tries}\n{self.log[-4000:]}"

    def codes(self, task: str) -> list[int]:
        """The exit codes of the tries of `task`, which is written with its map index (`extract[0]`) if it has one."""
        return [code for name, code in self.tries if name == task]


class Scheduler:
    """The running process, with an Airflow of its own in `home`."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._log = home / "log.txt"
        self._begun_at = 0
        self._log.touch()
        self._arguments = [str(home), str(self._log)]
        self._process = self._start()
        self._owes_an_answer = False

    def __enter__(self) -> Scheduler:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def run(
        self,
        dag_id: str,
        conf: Mapping[str, object],
        world: Mapping[str, str],
        strikes: Mapping[str, Sequence[Strike]],
        *,
        patient: bool = False,
    ) -> DagRun:
        """One DAG run in the environment `world`; the n-th try of a task suffers its n-th strike.

        `world` may name its moment and its folder of DAGs. A retry comes at once, or when it is due if `patient`.
        """
        if self._owes_an_answer:  # the test that asked was given up; its answer must not be taken for this one's
            self._end()
            self._process = self._start()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._begun_at = self._log.stat().st_size
        request = {"dag_id": dag_id, "conf": conf, "world": world, "strikes": strikes, "patient": patient}
        self._owes_an_answer = True
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the scheduler ended:\n{self.log[-4000:]}"
        self._owes_an_answer = False
        return DagRun(log=self.log, **json.loads(answer))

    @property
    def log(self) -> str:
        """What the present or newest DAG run has logged."""
        return self._log.read_bytes()[self._begun_at :].decode(errors="replace")

    def _start(self) -> Forked:
        environment = {**os.environ, **SILENCED, "PYTHONPATH": clock.PYTHON_PATH}
        return Forked("tests.crash.scheduler", self._arguments, environment, pipes=True)

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()  # and not read to its end: a task that it had begun holds it open, too


def _run(dag: DAG, conf: dict[str, Any], *, patient: bool) -> dict[str, Any]:
    """Runs a DAG as `airflow dags test --use-executor` does; returns the fields of a DagRun that Airflow knows."""
    from tests.crash.executor import name_of

    for operator in () if patient else dag.tasks:
        operator.retry_delay = timedelta(0)
        operator.retry_exponential_backoff = 0
    dag.deadline = None  # Airflow 3.3 cannot test a DAG that has one
    run = dag.test(logical_date=None, run_conf=conf, use_executor=True)
    tasks = {name_of(ti): ti for ti in run.get_task_instances()}
    return {
        "state": str(run.state),
        "note": _note_of(run.id),
        "states": {name: str(ti.state) for name, ti in tasks.items()},
        "labels": {name: ti.rendered_map_index for name, ti in tasks.items() if ti.map_index >= 0},
    }


def _none(_manager: object) -> list[object]:
    """No folder of DAGs to store: `dag.test` would parse and store a known one again before each run."""
    return []


def _note_of(dag_run_id: int) -> str | None:
    from airflow.models.dagrun import DagRun as StoredRun
    from airflow.utils.session import create_session

    with create_session() as session:
        found = session.get(StoredRun, dag_run_id)
        return None if found is None else found.note


def main() -> None:
    """Runs the DAGs that standard input names."""
    answers = os.fdopen(os.dup(1), "w")
    with open(sys.argv[2], "a") as log:  # Airflow's output must not mix with the answers
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
    home = environment.enter(Settings(home=Path(sys.argv[1])))
    os.environ["PYTHONPATH"] = clock.PYTHON_PATH
    os.environ["AIRFLOW__CORE__EXECUTOR"] = "tests.crash.executor.OneTryAfterAnother"
    from airflow import settings
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import DagBag

    from include.ledger.database import dialects
    from include.planning.windows import batches
    from oi_airflow.execution_api import serve_newest_version_only
    from oi_airflow.first_run import prepare
    from tests.crash.executor import OneTryAfterAnother, Tries

    prepare(home)
    serve_newest_version_only()
    batches.BATCH_REQUESTS = REQUESTS_A_TASK
    for name in WHAT_TASKS_IMPORT:
        import_module(name)
    gc.collect()
    gc.freeze()  # else each task looks through all of it for garbage; LocalExecutor does the same
    manager: Any = DagBundlesManager  # whose method is replaced
    bundles, stored = manager.get_all_dag_bundles, set[str]()
    own, busy_seconds = dict(os.environ), dialects.BUSY_TIMEOUT_SECONDS
    for line in sys.stdin:
        request = json.loads(line)
        os.environ.clear()
        os.environ.update(own | request["world"])
        clock.follow()
        dialects.BUSY_TIMEOUT_SECONDS = int(os.environ.get(BUSY_SECONDS) or busy_seconds)
        OneTryAfterAnother.current = tries = Tries(request["strikes"])
        settings.DAGS_FOLDER = os.environ["AIRFLOW__CORE__DAGS_FOLDER"]
        dag = DagBag(dag_folder=settings.DAGS_FOLDER).dags[request["dag_id"]]
        manager.get_all_dag_bundles = _none if settings.DAGS_FOLDER in stored else bundles
        stored.add(settings.DAGS_FOLDER)
        ended = _run(dag, request["conf"], patient=request["patient"])
        print(json.dumps({**ended, "tries": tries.codes}), file=answers, flush=True)


if __name__ == "__main__":
    main()
