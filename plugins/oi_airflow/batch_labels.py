"""The labels of batches whose last try was killed.

Airflow 3.3 forgets the label of a mapped task when its process dies, and shows the index instead. The scheduler writes
it again when the run ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl

from oi_airflow.run_note import DAG_PREFIX

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@hookimpl
def on_dag_run_success(dag_run: Any, msg: str) -> None:
    """Called by the scheduler, with a run that belongs to an open session."""
    restore_labels(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: Any, msg: str) -> None:
    """As `on_dag_run_success`."""
    restore_labels(dag_run)


def restore_labels(dag_run: Any) -> None:
    """Labels each `extract` that has lost its label as `plan` named its batch."""
    from airflow.models.taskinstance import TaskInstance
    from sqlalchemy import select, update
    from sqlalchemy.orm import object_session

    session = object_session(dag_run)
    if session is None or not dag_run.dag_id.startswith(DAG_PREFIX):
        return
    of_run = (TaskInstance.dag_id == dag_run.dag_id, TaskInstance.run_id == dag_run.run_id)
    nameless = (
        TaskInstance.task_id == "extract", TaskInstance.map_index >= 0, TaskInstance._rendered_map_index.is_(None)
    )  # fmt: skip
    found = session.execute(select(TaskInstance.id, TaskInstance.map_index).where(*of_run, *nameless)).all()
    labels = _labels(dag_run, session) if found else []
    for task_id, place in found:
        if place < len(labels):
            # By statement: the session may hold the task as it was before its process died.
            named = update(TaskInstance).where(TaskInstance.id == task_id)
            session.execute(named.values({TaskInstance._rendered_map_index: labels[place]}))


def _labels(dag_run: Any, session: Session) -> list[str]:
    from airflow.models.xcom import XComModel
    from sqlalchemy import select

    of_plan = (XComModel.dag_run_id == dag_run.id, XComModel.task_id == "plan", XComModel.key == "return_value")
    kept = session.scalars(select(XComModel).where(*of_plan)).first()
    return [] if kept is None else [str(batch["label"]) for batch in XComModel.deserialize_value(kept)]
