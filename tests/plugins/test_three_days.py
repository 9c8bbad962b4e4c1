"""Scheduler down for three days, then up: the ticks of both lanes, with the ranges that the DAGs ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange
from include.planning.windows.coverage import Covered, due, overlay
from include.planning.windows.gap_filling import buy_with_gaps
from include.planning.windows.plan import Wanted, due_parts
from include.settings.schedule import HOURLY_INTERVALS
from oi_airflow.run_range import wanted_range
from tests.planning.grid import FRESHNESS, packing

D = datetime(2026, 3, 7, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LANES = (
    ("hourly", HOUR, timedelta(minutes=5), HOURLY_INTERVALS),
    ("daily", DAY, timedelta(minutes=20), tuple(Interval)),
)
SERIES = [Series("BTC", "kalshi", interval) for interval in Interval]
Known = dict[Series, list[Covered]]


@dataclass
class Run:
    """What a task sees of a scheduled run."""

    run_after: datetime
    run_type: str = "scheduled"


def ticks(begin: datetime, end: datetime, *, late_start: bool = False) -> Iterator[tuple[datetime, datetime, str]]:
    """When a run begins, its tick and lane; a scheduler that comes up makes the newest missed tick of each lane."""
    found = []
    for lane, step, delay, _ in LANES:
        tick = begin - (begin - D - delay) % step
        if late_start:
            found.append((begin, tick, lane))
        while (tick := tick + step) < end:
            found.append((tick, tick, lane))
    yield from sorted(found)


def read(known: Known, now: datetime, tick: datetime, lane: str) -> None:
    """One run: it asks what is due of its range, and everything that had begun has a row."""
    step, intervals = next((step, intervals) for name, step, _, intervals in LANES if name == lane)
    interval = {"data_interval_start": tick - step, "data_interval_end": tick}
    context: dict[str, Any] = {"params": {"lane": lane, "reread": False}, "dag_run": Run(tick), **interval}
    found = wanted_range(context, lookback_days=3)
    assert found.heal_before is not None
    series = tuple(one for one in SERIES if one.interval in intervals)
    due = due_parts(Wanted(series, found.start, found.end), known, now=now, freshness=FRESHNESS)
    plan = buy_with_gaps(
        due, {}, packing(), heal_before=found.heal_before, allowance_credits=50_000, freshness=FRESHNESS
    )
    assert plan.deferred == ()
    for one in series:
        rows = [Covered(window.stretch, now, "rows") for window in plan.windows if window.holds(one)]
        known[one] = overlay(known.get(one, []), rows, one.interval, FRESHNESS)


@pytest.mark.parametrize("cut_off", [False, True], ids=["between runs", "in the middle of a run"])
@pytest.mark.parametrize("down", ["-1 23:50", "0 00:02", "0 00:10", "0 00:30", "0 01:00", "0 12:00"])
@pytest.mark.parametrize("minutes_more", [-30, 0, 15, 40])
def test_the_next_runs_make_all_intervals_whole_and_final(down: str, cut_off: bool, minutes_more: int) -> None:
    days, clock = down.split()
    stops = D + int(days) * DAY + timedelta(hours=int(clock[:2]), minutes=int(clock[3:]))
    starts = stops + 3 * DAY + timedelta(minutes=minutes_more)
    known: Known = {}
    begins, end = D - 2 * DAY, starts + HOUR
    before = [one for one in ticks(begins, stops) if one[2] == "daily" or one[0] > stops - 3 * HOUR]
    for now, tick, lane in before[: -1 if cut_off else None]:
        read(known, now, tick, lane)
    for now, tick, lane in ticks(starts, end, late_start=True):
        read(known, now, tick, lane)
    midnight = starts - (starts - D - LANES[1][2]) % DAY - LANES[1][2]
    for series, entries in known.items():
        whole = TimeRange(begins, FRESHNESS.final_edge(series.interval, midnight))
        assert due(entries, whole, series.interval, end, FRESHNESS) == [], series.label
