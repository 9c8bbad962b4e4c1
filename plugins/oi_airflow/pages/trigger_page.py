"""The trigger form of the backfill DAG, filled in by a link.

Airflow 3.3 opens its own form in a dialog that no link can fill in. This one sends the same request to Airflow's API as
the person who is logged in, so that Airflow checks the right to trigger, and each param.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from include.domain.market import SOURCES, Interval
from include.planning.windows.order import Order
from oi_airflow.dag_defaults import backfill_params, run_params
from oi_airflow.pages.access import BACKFILL_DAG, may_trigger
from oi_airflow.pages.templating import page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Text = Annotated[str, Query(max_length=10_000)]
Texts = Annotated[list[str], Query()]


@router.get("/trigger")
def trigger(
    allowed: Annotated[bool, Depends(may_trigger)],
    start: Annotated[str, Query(alias="from", max_length=40)] = "",
    end: Annotated[str, Query(alias="to", max_length=40)] = "",
    symbols: Text = "",
    sources: Texts = [],  # noqa: B006 - FastAPI copies it - FastAPI copies it
    intervals: Texts = [],  # noqa: B006 - FastAPI copies it
    dry_run: bool = True,
) -> HTMLResponse:
    """The form; nothing is bought before a person sends it, and who may not start runs finds no button.

    `symbols` are separated by commas; none means all.
    """
    params = run_params(lane="backfill", intervals=[one.value for one in Interval], range_required=True)
    return page(
        "trigger.html",
        dag_id=BACKFILL_DAG,
        allowed=allowed,
        params={name: param.description for name, param in (params | backfill_params()).items()},
        start=start,
        end=end,
        symbols=symbols,
        dry_run=dry_run,
        sources=[(one, one in sources) for one in SOURCES],
        intervals=[(one.value, one.value in intervals or not intervals) for one in Interval],
        orders=[Order.NEWEST_FIRST.value, Order.OLDEST_FIRST.value],
    )
