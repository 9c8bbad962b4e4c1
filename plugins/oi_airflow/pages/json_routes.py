"""The figures of the operations page as JSON, for scripts and Grafana."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from include.domain.market import Interval
from include.ledger.queries.coverage_totals import SeriesFilter
from include.pipeline.monitoring.activity import OpenWindows, Quarantine, RunLine
from include.pipeline.monitoring.coverage import CoverageOverview, Gaps, SeriesCalendars
from include.settings.budget import Lane
from oi_airflow.pages import URL_PREFIX, reads
from oi_airflow.pages.models import AlarmLine, BudgetAnswer

router = APIRouter(prefix="/api", tags=["open interest"])

Days = Annotated[int, Query(ge=1, le=366, description="How many days.")]
EARLIEST, LATEST = date(1971, 1, 2), date(9999, 12, 30)
Until = Annotated[date | None, Query(ge=EARLIEST, le=LATEST, description="The last of them, UTC; today without it.")]
Limit = Annotated[int, Query(ge=1, le=500, description="Lines of a page.")]
Offset = Annotated[int, Query(ge=0, le=10**9, description="Lines before the page.")]
Symbol = Annotated[str | None, Query(max_length=100, description="A part of the symbol, in any case.")]
Source = Annotated[str | None, Query(max_length=100)]
IntervalQuery = Annotated[Interval | None, Query()]


def series_filter(symbol: Symbol = None, source: Source = None, interval: IntervalQuery = None) -> SeriesFilter:
    """Which series a question is about; all without these parameters."""
    return SeriesFilter(symbol, source, interval)


Series = Annotated[SeriesFilter, Depends(series_filter)]


@router.get("/budget", response_model=BudgetAnswer)
def budget(symbols: Annotated[int, Query(ge=0, le=100_000)] = 100) -> dict[str, object]:
    """Allowance, burn-down by day and lane, and what each lane may still spend."""
    found = reads.budget()
    return {**found.to_dict(), "symbols": found.symbols[:symbols], "symbols_total": len(found.symbols)}


@router.get("/alarms")
def alarms() -> list[AlarmLine]:
    """What needs attention, errors first, as far as the ledger knows; at most a minute old."""
    return [
        AlarmLine(**one.to_dict(), runbook=f"{URL_PREFIX.lstrip('/')}/runbook#{one.name}") for one in reads.alarms()
    ]


@router.get("/coverage")
def coverage(series: Series, days: Days = 30, until: Until = None) -> CoverageOverview:
    """Buckets expected, received, proven empty and missing, by day, source and interval."""
    return reads.overview(days, until, series)


@router.get("/coverage/series")
def coverage_of_series(
    series: Series,
    days: Days = 30,
    until: Until = None,
    with_gaps: bool = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> SeriesCalendars:
    """The same by series; `with_gaps` leaves out series without a gap in these days."""
    return reads.calendars(days, until, series, with_gaps, limit, offset)


@router.get("/gaps")
def gaps(series: Series, days: Days = 30, until: Until = None, limit: Limit = 50, offset: Offset = 0) -> Gaps:
    """Time between two covered stretches that no answer covers, the newest first."""
    return reads.gaps(days, until, series, limit, offset)


@router.get("/quarantine")
def quarantine(days: Days = 7, series: Annotated[int, Query(ge=0, le=10_000)] = 100) -> Quarantine:
    """Rows in quarantine by rule, and the series with most of them."""
    return reads.quarantine(days, series)


@router.get("/runs")
def runs(limit: Limit = 20, lane: Lane | None = None) -> list[RunLine]:
    """The last runs with rows, credits and the price of a useful row."""
    return reads.runs(limit, lane)


@router.get("/windows")
def windows(lane: Lane | None = None) -> OpenWindows:
    """Open windows by run, state and the process that holds them."""
    return reads.windows(lane)
