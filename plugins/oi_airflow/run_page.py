"""The page "Plan and price" of a DAG run: its plan with its price, what it spent, and how far it came.

Mounted in Airflow's web server, which does not authenticate such pages: every route here requires a user.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, FastAPI, Query
from fastapi.responses import HTMLResponse

from include.domain.display import shown_line

URL_PREFIX = "/open-interest"
TEMPLATE = Path(__file__).with_suffix(".html")

app = FastAPI(title="Open interest", dependencies=[Depends(get_user)], docs_url=None, redoc_url=None, openapi_url=None)


# A plain function: the web server runs it in a thread, so that reading the ledger holds up nobody.
@app.get("/run", response_class=HTMLResponse)
def run(dag_id: str = Query(), run_id: str = Query()) -> HTMLResponse:
    """The page of one DAG run, read from the ledger."""
    return HTMLResponse(render(_priced_run(dag_id, run_id)))


def render(run: dict[str, Any] | None) -> str:
    """HTML of a run as `pipeline.priced_run` gives it; None is a run that the ledger does not know."""
    from jinja2 import Environment

    from include.domain.text import about, figure

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=_shown)
    environment.filters["about"] = about
    environment.filters["figure"] = figure
    environment.filters["instant"] = _instant
    return environment.from_string(TEMPLATE.read_text()).render(run=run)


def _priced_run(dag_id: str, run_id: str) -> dict[str, Any] | None:
    from include.pipeline.run_notes import priced_run
    from include.settings import load_settings
    from oi_airflow.current_run import ledger_run_id

    return priced_run(load_settings(), ledger_run_id(dag_id, run_id))


def _shown(value: object) -> object:
    """Texts without characters that a browser hides or that turn the direction of what follows."""
    return shown_line(value) if isinstance(value, str) else value


def _instant(text: str) -> str:
    return text.replace("T", " ").removesuffix(":00Z").removesuffix("Z")
