"""The note of a DAG run: why it failed, and the line of its report.

A task cannot write a note: Airflow's API for tasks has none. Tasks leave their lines in XCom, and the scheduler puts
them into the note when the run ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

NOTE_KEY = "note"
"""The XCom that holds a task's line for the note."""
LONGEST_NOTE = 1_000
"""Characters, which is what Airflow's column takes."""
DAG_PREFIX = "open_interest_"


@hookimpl
def on_dag_run_success(dag_run: Any, msg: str) -> None:
    """Called by the scheduler, with a run that belongs to an open session."""
    write_note(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: Any, msg: str) -> None:
    """As `on_dag_run_success`."""
    write_note(dag_run)


def write_note(dag_run: Any) -> None:
    """Writes what the run's tasks left; a note that a person wrote stays.

    A run outside a session, as `airflow dags test` may have it, cannot get one.
    """
    from sqlalchemy.orm import object_session

    session = object_session(dag_run)
    if session is None or not dag_run.dag_id.startswith(DAG_PREFIX):
        return
    written = dag_run.dag_run_note
    if written is not None and written.user_id is not None:
        return
    if lines := _lines(dag_run, session):
        dag_run.note = "\n".join(lines)[:LONGEST_NOTE]


def _lines(dag_run: Any, session: Session) -> list[str]:
    """What the run's tasks left, that of `report` last: a page shows the first line, which is to be the cause."""
    from airflow.models.xcom import XComModel
    from sqlalchemy import select

    of_run = (XComModel.dag_run_id == dag_run.id, XComModel.key == NOTE_KEY)
    found = session.scalars(select(XComModel).where(*of_run).order_by(XComModel.timestamp)).all()
    found = sorted(found, key=lambda one: one.task_id == "report")
    return list(dict.fromkeys(str(XComModel.deserialize_value(one)) for one in found))
