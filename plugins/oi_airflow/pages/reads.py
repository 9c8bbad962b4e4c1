"""What the pages and the JSON routes read, kept for seconds: two people who look read the ledger once."""

from __future__ import annotations

from datetime import date
from threading import Condition

from cachetools import TTLCache, cached

from include.alarms.alarm import Alarm
from include.ledger.queries.coverage_totals import SeriesFilter
from include.pipeline.monitoring import activity, coverage
from include.pipeline.monitoring import alarms as alarms_room
from include.pipeline.monitoring import budget as budget_room
from include.pipeline.monitoring import metrics as metrics_room
from include.settings import Settings, load_settings
from include.settings.budget import Lane

KEPT_SECONDS = 10
"""What changes with each request of a run."""
ALARMS_KEPT_SECONDS = 60
"""Alarms weigh every series: seconds of work for thousands of symbols, and nothing that changes by the second."""
_MOST_KEPT = 64


def _ledger(settings: Settings, *arguments: object) -> tuple[object, ...]:
    """What is kept belongs to a ledger; of threads that want the same one reads, and the others wait for it."""
    return (settings.ledger_url, *arguments)


def budget() -> budget_room.BudgetView:
    """The billing cycle."""
    return _budget(load_settings())


def alarms() -> list[Alarm]:
    """The alarms that the ledger alone shows, errors first."""
    return _alarms(load_settings())


def overview(days: int, until: date | None, only: SeriesFilter) -> coverage.CoverageOverview:
    """The calendar by source and interval."""
    return _overview(load_settings(), days, until, only)


def calendars(
    days: int, until: date | None, only: SeriesFilter, with_gaps: bool, limit: int, offset: int
) -> coverage.SeriesCalendars:
    """A page of the calendar by series."""
    return coverage.series_calendars(
        load_settings(), days, only, until=until, with_gaps=with_gaps, limit=limit, offset=offset
    )


def gaps(days: int, until: date | None, only: SeriesFilter, limit: int, offset: int) -> coverage.Gaps:
    """A page of the gaps."""
    return coverage.coverage_gaps(load_settings(), days, only, until=until, limit=limit, offset=offset)


def runs(count: int, lane: Lane | None) -> list[activity.RunLine]:
    """The last runs, the newest first."""
    return _runs(load_settings(), count, lane)


def windows(lane: Lane | None) -> activity.OpenWindows:
    """Open windows by run, state and owner."""
    return _windows(load_settings(), lane)


def metrics() -> list[metrics_room.Metric]:
    """The figures for a monitoring system."""
    return _metrics(load_settings())


def quarantine(days: float, most_series: int) -> activity.Quarantine:
    """Rows in quarantine by rule and series."""
    return _quarantine(load_settings(), days, most_series)


@cached(TTLCache(_MOST_KEPT, KEPT_SECONDS), key=_ledger, condition=Condition())
def _budget(settings: Settings) -> budget_room.BudgetView:
    return budget_room.budget(settings)


@cached(TTLCache(_MOST_KEPT, ALARMS_KEPT_SECONDS), key=_ledger, condition=Condition())
def _alarms(settings: Settings) -> list[Alarm]:
    return alarms_room.ledger_alarms(settings)


@cached(TTLCache(_MOST_KEPT, KEPT_SECONDS), key=_ledger, condition=Condition())
def _overview(settings: Settings, days: int, until: date | None, only: SeriesFilter) -> coverage.CoverageOverview:
    return coverage.coverage_overview(settings, days, only, until)


@cached(TTLCache(_MOST_KEPT, KEPT_SECONDS), key=_ledger, condition=Condition())
def _runs(settings: Settings, count: int, lane: Lane | None) -> list[activity.RunLine]:
    return activity.recent_runs(settings, count, lane)


@cached(TTLCache(_MOST_KEPT, KEPT_SECONDS), key=_ledger, condition=Condition())
def _windows(settings: Settings, lane: Lane | None) -> activity.OpenWindows:
    return activity.open_work(settings, lane)


@cached(TTLCache(_MOST_KEPT, KEPT_SECONDS), key=_ledger, condition=Condition())
def _quarantine(settings: Settings, days: float, most_series: int) -> activity.Quarantine:
    return activity.recent_quarantine(settings, days, most_series)


@cached(TTLCache(_MOST_KEPT, KEPT_SECONDS), key=_ledger, condition=Condition())
def _metrics(settings: Settings) -> list[metrics_room.Metric]:
    return metrics_room.metrics(settings)
