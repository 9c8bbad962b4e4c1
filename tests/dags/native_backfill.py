"""Airflow's own backfills of the hourly DAG, one after the other: `native_backfill.py SPECS`, in an OI_HOME of its own.

SPECS is a JSON list of [reprocess behaviour, conf]. Airflow creates the runs, as `airflow backfill create` does; in
place of the scheduler they are run here, one by one. Prints a JSON list: for each backfill the runs' states.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from include.settings import ROOT, load_settings
from oi_airflow import environment

DAG_ID = "open_interest_hourly"
FROM, TO = "2026-03-07T00:00:00+00:00", "2026-03-07T00:30:00+00:00"
"""One run: its logical date, 00:05, lies in between."""


def main() -> None:
    """Runs the backfills that the command line names."""
    home = environment.enter(load_settings())
    # Airflow reads its environment when it is first imported: not before this line.
    from oi_airflow.first_run import prepare
    from oi_airflow.one_process import telling

    with telling(home):
        prepare(home)
        dag = _registered_dag()
        states = [_backfill(dag, behaviour, conf) for behaviour, conf in json.loads(sys.argv[1])]
    print(json.dumps(states), flush=True)


def _registered_dag() -> Any:
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

    DagBundlesManager().sync_bundles_to_db()
    bag = DagBag(dag_folder=str(ROOT / "dags"))
    for dag in bag.dags.values():
        dag.deadline = None  # nobody waits for such a run, and Airflow 3.3 cannot test a DAG that has one
    sync_bag_to_db(bag, "dags-folder", None)
    return bag.dags[DAG_ID]


def _backfill(dag: Any, behaviour: str, conf: dict[str, Any]) -> list[str]:
    from airflow._shared.timezones import timezone
    from airflow.models.backfill import ReprocessBehavior, _create_backfill

    _create_backfill(
        dag_id=DAG_ID,
        from_date=timezone.parse(FROM),
        to_date=timezone.parse(TO),
        max_active_runs=2,
        reverse=False,
        dag_run_conf=conf,
        reprocess_behavior=ReprocessBehavior(behaviour),
        triggering_user_name="test",
    )
    states = [_run(dag, logical_date) for logical_date in _queued()]
    _complete()
    return states


def _queued() -> list[Any]:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        dates = select(DagRun.logical_date).where(DagRun.state == "queued").order_by(DagRun.logical_date)
        return list(session.scalars(dates))


def _run(dag: Any, logical_date: Any) -> str:
    """Runs the run that the backfill created, where `dag.test` would create one of its own."""
    import airflow.models.dagrun as runs
    from sqlalchemy import select

    def existing(*, dag: Any, session: Any, **_: Any) -> Any:
        run = session.scalar(select(runs.DagRun).where(runs.DagRun.logical_date == logical_date))
        run.dag, run.state = dag, "running"
        session.commit()
        return run

    runs.get_or_create_dagrun = existing
    return str(dag.test(logical_date=logical_date).state)


def _complete() -> None:
    """As the scheduler does when a backfill's runs have ended."""
    from airflow._shared.timezones import timezone
    from airflow.models.backfill import Backfill
    from airflow.utils.session import create_session
    from sqlalchemy import update

    with create_session() as session:
        session.execute(update(Backfill).values(completed_at=timezone.utcnow()))


if __name__ == "__main__":
    main()
