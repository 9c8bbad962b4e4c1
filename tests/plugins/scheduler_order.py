# ruff: noqa: E402 - Airflow reads its environment when it is first imported: not before `enter`
"""Prints, as JSON, what Airflow's scheduler would queue: backfills wait for the pool, then an hourly run comes.

    python -m tests.plugins.scheduler_order HOME

A process of its own, since it needs an Airflow with a database: the DAGs of this checkout, mapped tasks, real query.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from include.settings import ROOT, Settings
from oi_airflow import environment

home = environment.enter(Settings(home=Path(sys.argv[1])))

from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models.dag import DagModel
from airflow.models.dagbundle import DagBundleModel
from airflow.models.serialized_dag import SerializedDagModel
from airflow.models.taskinstance import TaskInstance, clear_task_instances
from airflow.models.taskmap import TaskMap
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from oi_airflow.first_run import prepare
from tests import clock

NOW = clock.now().replace(minute=5, second=0, microsecond=0)
LIVE = f"scheduled__{NOW.isoformat()}"
NIGHT = datetime(2026, 3, 7, tzinfo=UTC)
RUNS = [
    ("open_interest_backfill", f"manual__{NOW.isoformat()}", DagRunType.MANUAL),
    ("open_interest_hourly", "backfill__2026-03-06T00:05:00+00:00", DagRunType.BACKFILL_JOB),
    ("open_interest_hourly", "scheduled__2026-03-05T00:05:00+00:00", DagRunType.SCHEDULED),
    ("open_interest_hourly", LIVE, DagRunType.SCHEDULED),
]
"""The third is one that Airflow's backfill has cleared: when it is weighed it is still the schedule's."""
CONF = {"from": "2026-03-01", "to": "2026-03-02"}
BATCHES = 3


def main() -> None:
    prepare(home)
    with create_session() as session:
        session.add(DagBundleModel(name="dags-folder"))
        session.commit()
        sync_bag_to_db(DagBag(dag_folder=str(ROOT / "dags"), bundle_name="dags-folder"), "dags-folder", None)
        session.execute(update(DagModel).values(is_paused=False))
        for number, (dag_id, run_id, run_type) in enumerate(RUNS):
            start_run(session, dag_id, run_id, run_type, NIGHT + number * timedelta(hours=1))
        fresh = queued(session)
        cleared = [ti for ti in session.scalars(select(TaskInstance)) if ti.state == TaskInstanceState.QUEUED]
        clear_task_instances(cleared, session)
        schedule_extracts(session)
        print(json.dumps({"fresh": fresh, "cleared": queued(session)}))


def start_run(session: Session, dag_id: str, run_id: str, run_type: DagRunType, moment: datetime) -> None:
    """A running DAG run whose `plan` found three batches to extract."""
    serialized = SerializedDagModel.get(dag_id, session=session)
    assert serialized is not None
    run = serialized.dag.create_dagrun(
        run_id=run_id,
        run_type=run_type,
        logical_date=moment,
        data_interval=(moment, moment + timedelta(hours=1)),
        run_after=moment,
        conf=CONF,
        triggered_by=DagRunTriggeredByType.TEST,
        state=DagRunState.RUNNING,
        session=session,
    )
    session.add(TaskMap(dag_id, "plan", run_id, -1, BATCHES, None))
    session.flush()
    TaskMap.expand_mapped_task(serialized.dag.get_task("extract"), run.run_id, session=session)
    schedule_extracts(session)


def schedule_extracts(session: Session) -> None:
    state = TaskInstanceState.SCHEDULED
    session.execute(update(TaskInstance).where(TaskInstance.task_id == "extract").values(state=state))
    session.flush()


def queued(session: Session) -> list[str]:
    """What the scheduler's own query picks for the free slots, in its order."""
    runner = SchedulerJobRunner(Job())
    tasks = runner._executable_task_instances_to_queued(4, session)
    return [f"{'live' if ti.run_id == LIVE else ti.run_id} {ti.map_index}" for ti in tasks]


if __name__ == "__main__":
    main()
