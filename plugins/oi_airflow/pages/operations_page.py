"""The page of operations: a frame, and its parts, each of which the browser loads for itself."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from include.alarms.alarm import first_of_each_kind
from include.domain.market import SOURCES, Interval
from include.ledger.queries.coverage_totals import SeriesFilter
from include.settings.budget import LANES, Lane
from oi_airflow.pages import reads
from oi_airflow.pages.burn_down import burn_down
from oi_airflow.pages.json_routes import Days, Offset, Source, Symbol, Until
from oi_airflow.pages.runbook import runbook as runbook_html
from oi_airflow.pages.templating import page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

SERIES_A_PAGE = 25
GAPS_A_PAGE = 15
RUNS_SHOWN = 15
SERIES_SHOWN = 8
"""Series in quarantine."""


class Filter:
    """The form above the calendar; an empty field means any."""

    def __init__(
        self,
        symbol: Symbol = None,
        source: Source = None,
        interval: Annotated[str | None, Query(max_length=10)] = None,
        days: Days = 30,
        until: Until = None,
        with_gaps: bool = False,
    ) -> None:
        self.days, self.until, self.with_gaps = days, until, with_gaps
        known = interval if interval in {one.value for one in Interval} else None
        self.only = SeriesFilter((symbol or "").strip() or None, source or None, Interval(known) if known else None)


FilterQuery = Annotated[Filter, Depends()]


@router.get("/")
def operations(dag_id: str | None = None) -> HTMLResponse:
    """The frame; with `dag_id` runs and open windows of its lane only."""
    lane = _lane_of(dag_id)
    known = {"sources": SOURCES, "intervals": [one.value for one in Interval]}
    return page("operations.html", lane=lane, other_dag=dag_id if dag_id and lane is None else None, **known)


@router.get("/part/budget")
def budget() -> HTMLResponse:
    """Allowance, lanes and burn-down."""
    found = reads.budget()
    return page("budget.html", budget=found, lanes=[one.to_dict() for one in found.lanes], chart=burn_down(found))


@router.get("/part/alarms")
def alarms() -> HTMLResponse:
    """Alarms, the first of each kind, with their runbooks."""
    found = reads.alarms()
    return page("alarms.html", alarms=first_of_each_kind(found), total=len(found))


@router.get("/part/coverage")
def coverage(form: FilterQuery) -> HTMLResponse:
    """The calendar by source and interval."""
    return page("coverage.html", overview=reads.overview(form.days, form.until, form.only))


@router.get("/part/series")
def series(form: FilterQuery, offset: Offset = 0) -> HTMLResponse:
    """The calendar by series, a page of it."""
    found = reads.calendars(form.days, form.until, form.only, form.with_gaps, SERIES_A_PAGE, offset)
    return page("series.html", found=found, **_place("series", offset, len(found.series), SERIES_A_PAGE, found.total))


@router.get("/part/gaps")
def gaps(form: FilterQuery, offset: Offset = 0) -> HTMLResponse:
    """One page of the gaps, each with its way to the trigger form."""
    found = reads.gaps(form.days, form.until, form.only, GAPS_A_PAGE, offset)
    return page("gaps.html", found=found, **_place("gaps", offset, len(found.gaps), GAPS_A_PAGE, found.total))


@router.get("/part/quarantine")
def quarantine(days: Days = 7) -> HTMLResponse:
    """Rows in quarantine by rule and series."""
    return page("quarantine.html", found=reads.quarantine(days, SERIES_SHOWN), days=days)


@router.get("/part/runs")
def runs(lane: Annotated[str | None, Query()] = None) -> HTMLResponse:
    """The last runs."""
    return page("runs.html", runs=reads.runs(RUNS_SHOWN, _lane(lane)))


@router.get("/part/windows")
def windows(lane: Annotated[str | None, Query()] = None) -> HTMLResponse:
    """Open windows and who holds them."""
    return page("windows.html", found=reads.windows(_lane(lane)))


@router.get("/runbook")
def runbook() -> HTMLResponse:
    """What each alarm means and what to do, from docs/operating.md."""
    return page("runbook.html", text=runbook_html())


def _lane_of(dag_id: str | None) -> Lane | None:
    return _lane((dag_id or "").removeprefix("open_interest_")) if (dag_id or "").startswith("open_interest_") else None


def _lane(text: str | None) -> Lane | None:
    return next((lane for lane in LANES if lane == text), None)


def _place(part: str, offset: int, shown: int, a_page: int, total: int) -> dict[str, Any]:
    """Where a page lies among the others."""
    return {
        "part": part,
        "first": offset + 1 if shown else 0,
        "last": offset + shown,
        "total": total,
        "before": max(0, offset - a_page) if offset else None,
        "after": offset + a_page if offset + a_page < total else None,
    }
