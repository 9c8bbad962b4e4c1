"""Airflow's executor for tests: one try of a task after the other, each in a process that a disaster may strike.

As in Airflow's own executors, the supervisor forks a process for each try and watches it, and its exit code decides the
task's state. The execution API runs in this process; other executors call a server.
"""

from __future__ import annotations

import gc
import os
import selectors
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from airflow.callbacks.database_callback_sink import DatabaseCallbackSink
from airflow.executors.base_executor import BaseExecutor
from airflow.executors.workloads import ExecuteTask
from airflow.sdk.execution_time import supervisor

from tests.crash.disasters import Strike, armed
from tests.crash.points import POINTS

_wait = supervisor.ActivitySubprocess.wait


def _wait_awake(process: supervisor.ActivitySubprocess) -> int:
    """The end of a try wakes its supervisor, which otherwise looks for it when a heartbeat is due, every 5 seconds."""
    ended = open(os.pidfd_open(process.pid), "rb", buffering=0)  # noqa: SIM115 - the supervisor closes it
    process.selector.register(ended, selectors.EVENT_READ, (lambda _: False, process.selector.unregister))
    return _wait(process)


supervisor.ActivitySubprocess.wait = _wait_awake  # type: ignore[method-assign] # executors have no say in it


@dataclass
class Tries:
    """The strikes for the tasks of a DAG run, and their outcome: the n-th try of a task suffers its n-th strike."""

    strikes: Mapping[str, Sequence[Strike]] = field(default_factory=dict)
    codes: list[tuple[str, int]] = field(default_factory=list)
    """The tasks in the order in which they were tried, with their exit codes."""
    count: Counter[str] = field(default_factory=Counter)

    def strikes_of_next(self, task: str) -> Sequence[Strike]:
        """At most one; the try counts as begun."""
        self.count[task] += 1
        return self.strikes.get(task, ())[self.count[task] - 1 : self.count[task]]


class OneTryAfterAnother(BaseExecutor):
    """Runs what Airflow queues as `current` says."""

    callback_sink = DatabaseCallbackSink()
    current = Tries()

    def end(self) -> None:
        """Nothing runs between two DAG runs."""

    def _process_workloads(self, workload_items: Sequence[ExecuteTask]) -> None:
        # In the scheduler's order, which `dag.test` does not keep.
        for workload in sorted(workload_items, key=lambda workload: workload.ti.map_index):
            del self.queued_tasks[workload.key]
            code = _try(workload, type(self).current)
            (self.fail if code else self.success)(workload.key)


def name_of(ti: Any) -> str:
    """A task's id, with its map index (`extract[0]`) if it has one."""
    return ti.task_id if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]"


def _try(workload: ExecuteTask, tries: Tries) -> int:
    ti, task = workload.ti, name_of(workload.ti)
    with ExitStack() as stack:
        for point, call, disaster in tries.strikes_of_next(task):
            stack.enter_context(armed(POINTS[point], call, disaster))
        gc.freeze()  # what Airflow has loaded meanwhile is no garbage for the try to look for
        code = supervisor.supervise_task(
            ti=ti,
            bundle_info=workload.bundle_info,
            dag_rel_path=workload.dag_rel_path,
            token="",
            client=supervisor.InProcessTestSupervisor._api_client(),
        )
    tries.codes.append((task, code))
    return code
