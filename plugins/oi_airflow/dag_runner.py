"""DAG runs inside the current process, one after the other, without scheduler or web server.

`environment.enter` must have been called before this module is imported.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.listener import get_listener_manager

from include.domain.clock import parse_instant
from include.domain.errors import OiError
from include.pipeline.errors import PipelineError
from include.settings import ROOT, Settings
from include.settings.budget import Lane
from oi_airflow.current_run import ledger_run_id
from oi_airflow.execution_api import serve_newest_version_only
from oi_airflow.step import StepFailed
from oi_airflow.step_log import Steps
from oi_airflow.tasks import READ_AND_LOAD

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from include.pipeline.scope.scope import Scope
    from include.pipeline.steps.report.summary import RunReport

LOG_FILE = "run_dags.log"


@dataclass(frozen=True)
class RunOutcome:
    """What came of one DAG run. `stopped_cleanly`: all that it lacks was left for a reason that the pipeline named."""

    dag_id: str
    run_id: str
    stopped_cleanly: bool
    report: RunReport


class OneProcess:
    """Runs DAGs of this checkout and prints their steps."""

    def __init__(self, settings: Settings, steps: Steps) -> None:
        self._settings = settings
        self._steps = steps
        self._dags = _parsed_dags()
        serve_newest_version_only()

    def run(self, dag_id: str, conf: dict[str, Any]) -> RunOutcome | None:
        """One run of `dag_id` over the range `from`, `to` of `conf`; a failed task is not repeated.

        None, and no run, when the settings want none of the DAG's intervals.
        """
        dag = self._dags.dags[dag_id]
        try:
            scope = self._scope(dag, conf)
        except ValueError as error:
            self._steps.say(f"{dag_id} is left out: {error}")
            return None
        for operator in dag.tasks:
            operator.retries = 0
        dag.deadline = None  # nobody waits for such a run, and Airflow 3.3 cannot test a DAG that has one
        dag_run = dag.test(logical_date=None, run_conf=conf)
        run_id = ledger_run_id(dag_id, dag_run.run_id)
        report = self._report(run_id, dag.params["lane"], scope)
        return RunOutcome(dag_id, run_id, self._stopped_cleanly(dag_id), report)

    def _scope(self, dag: DAG, conf: dict[str, Any]) -> Scope:
        from include.domain.market import Interval
        from include.pipeline.scope.scope import scope_of

        intervals = [Interval(text) for text in dag.params["intervals"]]
        start, end = parse_instant(conf["from"]), parse_instant(conf["to"])
        return scope_of(self._settings, lane_intervals=intervals, start=start, end=end)

    def _stopped_cleanly(self, dag_id: str) -> bool:
        steps = [f"{dag_id}.{name}" for name in ("plan", *READ_AND_LOAD)]
        failed = {name: self._steps.failed[name] for name in steps if name in self._steps.failed}
        stopped = failed.pop(f"{dag_id}.extract", None)
        error = stopped.error if isinstance(stopped, StepFailed) else stopped
        return not failed and (error is None or isinstance(error, PipelineError))

    def _report(self, run_id: str, lane: Lane, scope: Scope) -> RunReport:
        from include.pipeline.scope.scope import RunSpec
        from include.pipeline.steps.report.run_report import report

        return report(self._settings, RunSpec(run_id=run_id, lane=lane), scope)


@contextmanager
def printing_steps(home: Path) -> Iterator[Steps]:
    """Sends everything that Airflow prints to a log file, and the steps to the real standard output."""
    log_file = home / "logs" / LOG_FILE
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with _output_to(log_file) as console_fd, os.fdopen(console_fd, "w") as console:
        steps = Steps(console)
        steps.say(f"Airflow's own log: {log_file}")
        logging.getLogger("open_interest").addHandler(steps)
        get_listener_manager().add_listener(steps)  # type: ignore[no-untyped-call] # Airflow's own
        yield steps


@contextmanager
def _output_to(log_file: Path) -> Iterator[int]:
    out, err = os.dup(1), os.dup(2)
    with log_file.open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    try:
        yield os.dup(out)
    finally:
        os.dup2(out, 1)
        os.dup2(err, 2)


def _parsed_dags() -> DagBag:
    bag = DagBag(dag_folder=str(ROOT / "dags"))
    if bag.import_errors:
        raise OiError("the DAG files do not import:\n" + "\n".join(bag.import_errors.values()))
    return bag
