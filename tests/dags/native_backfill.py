"""Airflow's own backfills of the scheduled DAGs, in an OI_HOME of its own: `native_backfill.py STEPS`.

STEPS is a JSON list. A step is the arguments of `airflow backfill create`, or `["scheduled", DAG, WHEN]`: the run that
the schedule made then. Airflow creates the runs; in place of the scheduler they are run here, one by one. Prints a JSON
list: for each step the ids of its runs, with their states.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from include.domain.gc_tuning import collect_seldom
from include.settings import ROOT, load_settings
from oi_airflow import environment
from tests import clock


def main() -> None:
    """Takes the steps that the command line names."""
    home = environment.enter(load_settings())
    # Airflow reads its environment when it is first imported: not before this line.
    from oi_airflow.dag_runner import printing_steps
    from oi_airflow.first_run import prepare

    with printing_steps(home):
        prepare(home)
        dags = _registered_dags()
        ended = [_take(dags, step) for step in json.loads(sys.argv[1])]
    print(json.dumps(ended), flush=True)


def _registered_dags() -> dict[str, Any]:
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

    DagBundlesManager().sync_bundles_to_db()
    bag = DagBag(dag_folder=str(ROOT / "dags"))
    for dag in bag.dags.values():
        dag.deadline = None  # nobody waits for such a run, and Airflow 3.3 cannot test a DAG that has one
    sync_bag_to_db(bag, "dags-folder", None)
    return dict(bag.dags)


def _take(dags: dict[str, Any], step: list[str]) -> dict[str, str]:
    if step[0] == "scheduled":
        _schedule(step[1], step[2])
    else:
        _create_backfill(step)
    states = {run_id: _run(dags[dag_id], run_id, date) for dag_id, run_id, date in _queued()}
    _complete()
    return states


def _schedule(dag_id: str, when: str) -> None:
    """As the scheduler does when an interval has ended."""
    from airflow._shared.timezones import timezone
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState
    from airflow.utils.types import DagRunTriggeredByType, DagRunType

    with create_session() as session:
        serialized = SerializedDagModel.get(dag_id, session=session)
        assert serialized is not None
        interval = serialized.dag.timetable.infer_manual_data_interval(run_after=timezone.parse(when))
        serialized.dag.create_dagrun(
            run_id=f"scheduled__{interval.end.isoformat()}",
            run_type=DagRunType.SCHEDULED,
            logical_date=interval.start,
            data_interval=(interval.start, interval.end),
            run_after=interval.end,
            triggered_by=DagRunTriggeredByType.TIMETABLE,
            state=DagRunState.QUEUED,
            session=session,
        )


def _create_backfill(arguments: list[str]) -> None:
    from airflow.cli.cli_parser import get_parser

    command = get_parser().parse_args(["backfill", "create", *arguments])
    command.func(command)


def _queued() -> list[Any]:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        columns = (DagRun.dag_id, DagRun.run_id, DagRun.logical_date)
        return list(session.execute(select(*columns).where(DagRun.state == "queued").order_by(DagRun.logical_date)))


def _run(dag: Any, run_id: str, logical_date: Any) -> str:
    """Runs the run that Airflow created, where `dag.test` would create one of its own."""
    import airflow.models.dagrun as runs
    from sqlalchemy import select

    def existing(*, dag: Any, session: Any, **_: Any) -> Any:
        wanted = select(runs.DagRun).where(runs.DagRun.dag_id == dag.dag_id, runs.DagRun.run_id == run_id)
        run = session.scalar(wanted)
        run.dag, run.state = dag, "running"
        session.commit()
        return run

    runs.get_or_create_dagrun = existing
    return str(dag.test(logical_date=logical_date).state)


def _complete() -> None:
    """As the scheduler does when a backfill's runs have ended."""
    from airflow.models.backfill import Backfill
    from airflow.utils.session import create_session
    from sqlalchemy import update

    with create_session() as session:
        session.execute(update(Backfill).values(completed_at=clock.now()))


if __name__ == "__main__":
    collect_seldom()
    main()
