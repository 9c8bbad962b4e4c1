"""The page "Plan and price" of a DAG run: its plan with its price, what it spent, and how far it came."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from oi_airflow.pages.access import may_read_run
from oi_airflow.pages.templating import page

router = APIRouter(dependencies=[Depends(may_read_run)], include_in_schema=False)


# A plain function: the web server runs it in a thread, so that reading the ledger holds up nobody.
@router.get("/run", response_class=HTMLResponse)
def run(dag_id: str = Query(), run_id: str = Query()) -> HTMLResponse:
    """The page of one DAG run, read from the ledger."""
    return page("run.html", run=_priced_run(dag_id, run_id))


def _priced_run(dag_id: str, run_id: str) -> dict[str, Any] | None:
    from include.pipeline.run_notes import priced_run
    from include.settings import load_settings
    from oi_airflow.current_run import ledger_run_id

    return priced_run(load_settings(), ledger_run_id(dag_id, run_id))
