"""Who may see the pages: Airflow's own roles decide, as for the runs of the three DAGs."""

from __future__ import annotations

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import HTTPException, Request, status

BACKFILL_DAG = "open_interest_backfill"
DAG_IDS = ("open_interest_hourly", "open_interest_daily", BACKFILL_DAG)

may_read_run = requires_access_dag("GET", DagAccessEntity.RUN)
"""Requires a user who may read runs of the DAG that the parameter `dag_id` names."""


def may_read(request: Request, user: GetUserDep) -> None:
    """Requires a user who may read runs of all three DAGs: 401 without a login, 403 without the right."""
    for dag_id in DAG_IDS:
        requires_access_dag("GET", DagAccessEntity.RUN, dag_id)(request, user)


def may_trigger(request: Request, user: GetUserDep) -> bool:
    """Whether the user may start a run of the backfill DAG; Airflow's API decides it again when the form is sent."""
    try:
        requires_access_dag("POST", DagAccessEntity.RUN, BACKFILL_DAG)(request, user)
    except HTTPException as refused:
        if refused.status_code != status.HTTP_403_FORBIDDEN:
            raise
        return False
    return True
