from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from airflow.models import import_all_models
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.models.xcom import XComModel
from sqlalchemy import create_engine, insert, select
from sqlalchemy.orm import Session
from uuid6 import uuid7

from oi_airflow.batch_labels import restore_labels
from tests import clock

DAG_ID, RUN_ID, RUN = "open_interest_hourly", "scheduled__1", 7
PLANNED = [{"label": f"{symbol} 5m", "window_ids": ["w"]} for symbol in ("BTC", "ETH", "SOL")]
OF_TASKS = {"dag_id": DAG_ID, "run_id": RUN_ID, "pool": "default_pool", "pool_slots": 1}


@pytest.fixture
def session() -> Iterator[Session]:
    """Airflow's three tables that matter here."""
    import_all_models()  # tables refer to each other
    tables = [model.__table__ for model in (DagRun, TaskInstance, XComModel)]
    engine = create_engine("sqlite://")
    DagRun.metadata.create_all(engine, tables=tables)
    with Session(engine) as found:
        yield found


def add_run(session: Session, labels: list[str | None], dag_id: str = DAG_ID) -> DagRun:
    """A run whose `extract` has these labels."""
    now = clock.now()
    session.execute(
        insert(DagRun).values(
            id=RUN,
            dag_id=dag_id,
            run_id=RUN_ID,
            run_type="scheduled",
            state="failed",
            run_after=now,
            log_template_id=None,
        )
    )
    value = json.dumps(PLANNED)
    session.execute(
        insert(XComModel).values(
            dag_run_id=RUN, task_id="plan", map_index=-1, key="return_value", dag_id=dag_id, run_id=RUN_ID, value=value
        )
    )
    for place, label in enumerate(labels):
        task = {**OF_TASKS, "dag_id": dag_id, "id": uuid7(), "task_id": "extract", "map_index": place}
        session.execute(insert(TaskInstance.__table__).values({**task, "rendered_map_index": label}))
    run = session.get(DagRun, RUN)
    assert run is not None
    return run


def labels_of(session: Session) -> list[str | None]:
    column = TaskInstance.__table__.c.rendered_map_index
    return list(session.scalars(select(column).order_by(TaskInstance.map_index)))


def test_a_batch_that_lost_its_label_is_called_as_planned(session: Session) -> None:
    restore_labels(add_run(session, ["BTC 5m", None, "SOL 5m"]))
    assert labels_of(session) == ["BTC 5m", "ETH 5m", "SOL 5m"]


def test_more_tasks_than_the_newest_plan_keep_their_index(session: Session) -> None:
    """A cleared `plan` may have made fewer batches."""
    restore_labels(add_run(session, [None, None, None, None]))
    assert labels_of(session) == ["BTC 5m", "ETH 5m", "SOL 5m", None]


def test_runs_of_other_dags_are_left_alone(session: Session) -> None:
    restore_labels(add_run(session, [None], dag_id="of_somebody"))
    assert labels_of(session) == [None]
