"""The web application of the pages. Airflow's web server does not authenticate it: each router requires a user."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.staticfiles import StaticFiles

from include.domain.errors import OiError
from oi_airflow.pages import json_routes, metrics_route, operations_page, run_page, trigger_page
from oi_airflow.pages.access import may_read

app = FastAPI(
    title="Open interest",
    description="Budget, alarms, coverage, runs and quarantine of the loader, as the ledger knows them. All times UTC.",
    docs_url=None,
    redoc_url=None,
    openapi_url=None,  # below, behind the login
)
app.include_router(run_page.router)
app.include_router(metrics_route.router)
for router in (operations_page.router, trigger_page.router, json_routes.router):
    app.include_router(router, dependencies=[Depends(may_read)])
app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")


@app.get("/openapi.json", include_in_schema=False, dependencies=[Depends(may_read)])
def openapi() -> dict[str, Any]:
    """The schema of the JSON routes."""
    return app.openapi()


@app.exception_handler(OiError)
def explained(_: Request, error: OiError) -> JSONResponse:
    """Settings or a ledger that cannot be used: the sentence that the command line prints, too."""
    return JSONResponse({"detail": str(error)}, 503)
