"""The web application of the pages. Airflow's web server does not authenticate it: each router requires a user."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI

from oi_airflow.pages import json_routes, run_page
from oi_airflow.pages.access import may_read

app = FastAPI(
    title="Open interest",
    description="Budget, alarms, coverage, runs and quarantine of the loader, as the ledger knows them. All times UTC.",
    docs_url=None,
    redoc_url=None,
    openapi_url=None,  # below, behind the login
)
app.include_router(run_page.router)
app.include_router(json_routes.router, dependencies=[Depends(may_read)])


@app.get("/openapi.json", include_in_schema=False, dependencies=[Depends(may_read)])
def openapi() -> dict[str, Any]:
    """The schema of the JSON routes."""
    return app.openapi()
