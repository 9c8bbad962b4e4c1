"""Figures for a monitoring system, by the ledger: one definition for Airflow's metrics and for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from include.domain.clock import utc_now
from include.domain.market import Interval
from include.ledger.database.engine import open_ledger
from include.ledger.queries.status import MonthSpend, spend_by_month
from include.ledger.work import windows
from include.ledger.work.windows import OpenWindow
from include.pipeline.monitoring.budget import BudgetView, budget
from include.pipeline.monitoring.coverage import CoverageOverview, coverage_overview
from include.settings import Settings
from include.settings.budget import LANES
from include.settings.schedule import HOURLY_INTERVALS


@dataclass(frozen=True, slots=True)
class Sample:
    """One value; `labels` says of what."""

    value: float
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure with its samples; a counter never falls while the ledger is the same."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    samples: list[Sample]


def metrics(settings: Settings) -> list[Metric]:
    """Credits, rows, requests, waits, freshness and gaps by lane, now."""
    view = budget(settings)
    # A gap is the lane's business as long as scheduled runs reach back to it.
    overview = coverage_overview(settings, days=int(settings.plan.lookback_days) + 2)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        spend, waiting = spend_by_month(connection), windows.open_windows(connection)
    return [*_credits(view), *_totals(spend), *_waits(waiting, utc_now()), *_coverage(overview)]


def _credits(view: BudgetView) -> Iterator[Metric]:
    of_lanes = (
        ("credits_spent", "Credits of the billing cycle, settled and reserved.", "spent"),
        ("credits_reserved", "Part of them for answers in flight or never seen.", "reserved"),
        ("credits_queued", "Price of the open windows.", "queued"),
        ("credits_available", "Credits that the lane may spend now.", "may_use"),
    )
    for name, text, field in of_lanes:
        values = [(one.lane, getattr(one, field)) for one in view.lanes]
        yield Metric(
            name, "gauge", text, [Sample(value, {"lane": lane}) for lane, value in values if value is not None]
        )
    for name, text, value in (
        ("credits_left", "Credits left for all lanes and the reserve.", view.left),
        ("credits_allowance", "Allowance of the billing cycle.", view.allowance),
    ):
        yield Metric(name, "gauge", text, [] if value is None else [Sample(value, {})])


def _totals(spend: Iterable[MonthSpend]) -> Iterator[Metric]:
    sums: dict[str, list[int]] = {lane: [0, 0, 0] for lane in LANES}
    for one in spend:
        before = sums.setdefault(one.lane, [0, 0, 0])
        sums[one.lane] = [a + b for a, b in zip(before, (one.settled_credits, one.requests, one.rows), strict=True)]
    names = (
        ("credits_settled", "Credits charged since the ledger began."),
        ("requests", "Requests since the ledger began."),
        ("rows", "Rows received since the ledger began."),
    )
    for place, (name, text) in enumerate(names):
        yield Metric(name, "counter", text, [Sample(found[place], {"lane": lane}) for lane, found in sums.items()])


def _waits(found: Iterable[OpenWindow], now: datetime) -> Iterator[Metric]:
    free: dict[str, list[OpenWindow]] = {lane: [] for lane in LANES}
    for one in found:
        if one.is_free(now):
            free.setdefault(one.lane, []).append(one)
    begun = {lane: min((one.created_at for one in some), default=now) for lane, some in free.items()}
    waiting = [Sample(len(some), {"lane": lane}) for lane, some in free.items()]
    oldest = [Sample(max(0.0, (now - first).total_seconds()), {"lane": lane}) for lane, first in begun.items()]
    yield Metric("windows_waiting", "gauge", "Open windows that no process works on.", waiting)
    yield Metric("oldest_wait_seconds", "gauge", "How long the oldest of them has waited.", oldest)


def _coverage(overview: CoverageOverview) -> Iterator[Metric]:
    ages, gaps, unproven = [], [], []
    for group in overview.groups:
        labels = {"lane": _lane_of(group.interval), "source": group.source, "interval": group.interval}
        if group.newest_row is not None:
            ages.append(Sample((overview.as_of - group.newest_row).total_seconds(), labels))
        gaps.append(Sample(sum(day.missing - day.unproven for day in group.days), labels))
        unproven.append(Sample(sum(day.unproven for day in group.days), labels))
    yield Metric("newest_row_age_seconds", "gauge", "Time since the newest row closed.", ages)
    yield Metric("gap_buckets", "gauge", "Buckets within the look-back that no answer covers.", gaps)
    yield Metric(
        "unproven_buckets", "gauge", "Buckets within the look-back that came back empty, not proven.", unproven
    )


def _lane_of(interval: str) -> str:
    """The lane that keeps the interval current."""
    return "hourly" if Interval(interval) in HOURLY_INTERVALS else "daily"
