from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from include.domain.market import Interval
from include.pipeline.monitoring.alarms import alarms
from include.pipeline.pricing.preview import preview
from include.pipeline.scope.scope import RunSpec, Scope, new_run_id
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.report.summary import RunReport
from include.pipeline.workflows.heal import forget_emptiness, heal
from include.settings import Settings
from include.settings.schedule import HOURLY_INTERVALS
from include.simulator.server import RunningSimulator
from oi_airflow.run_range import wanted_range
from tests.pipeline.conftest import DAY, NOW, rows_of, run_steps, scope

HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
ONE_SOURCE = ("binance_futures",)


def scheduled(settings: Settings, begins: int, ends: int, *intervals: Interval, lookback_days: int = 3) -> Scope:
    """What a scheduled run wants: its own hours after DAY, and the look-back before them."""
    start, end = DAY + timedelta(hours=begins), DAY + timedelta(hours=ends)
    wanted = scope(settings, *intervals, start=min(start, end - timedelta(days=lookback_days)), end=end)
    return replace(wanted, heal_before=start)


def frugal(settings: Settings) -> Settings:
    """Small windows, and an allowance that holds only some of three days' gaps."""
    return settings.model_copy(
        update={
            "plan": settings.plan.model_copy(update={"window_pages": 1}),
            "api": settings.api.model_copy(update={"row_cap": 60}),
            "budget": settings.budget.model_copy(update={"heal_credits": 600}),
        }
    )


def tick(settings: Settings, vendor: RunningSimulator, lane: str, at: datetime, now: datetime) -> RunReport:
    """A scheduled run of a DAG: its tick is at `at`, and it comes to run at `now`."""
    vendor.pin(now)
    step, intervals = (HOUR, HOURLY_INTERVALS) if lane == "hourly" else (A_DAY, tuple(Interval))
    context = {
        "params": {"lane": lane, "reread": False},
        "data_interval_start": at - step,
        "data_interval_end": at,
        "dag_run": SimpleNamespace(run_type="scheduled"),
    }
    found = wanted_range(context, settings.plan.lookback_days)
    wanted = scope(settings, *intervals, sources=ONE_SOURCE, start=found.start, end=found.end)
    return run_steps(settings, replace(wanted, heal_before=found.heal_before), lane=lane)


def test_the_next_runs_complete_three_days_without_a_scheduler(
    vendor: RunningSimulator, settings: Settings, settings_for: Callable[..., Settings]
) -> None:
    five, twenty = timedelta(minutes=5), timedelta(minutes=20)
    for lane, at in (("daily", DAY - A_DAY + twenty), ("hourly", DAY + five)):  # down from 00:10 ...
        assert tick(settings, vendor, lane, at, now=at).complete
    up = DAY + 3 * A_DAY + timedelta(minutes=25)  # ... to 00:25
    for lane, delay in (("hourly", five), ("daily", twenty)):
        report = tick(settings, vendor, lane, DAY + 3 * A_DAY + delay, now=up)
        assert report.complete, report.left

    truth = settings_for(vendor.base_url, home="truth")
    run_steps(truth, scope(truth, *Interval, sources=ONE_SOURCE, start=DAY - 2 * A_DAY, end=DAY + 3 * A_DAY))
    known, since = "source, interval, symbol, timestamp, open_interest, open_interest_usd", DAY - 2 * A_DAY
    of_the_time = f"timestamp >= '{since:%F %T}' AND timestamp < '{DAY + 3 * A_DAY:%F %T}'"
    held = rows_of(settings, known, of_the_time)
    assert {row[1] for row in held} == set(Interval)
    assert held == rows_of(truth, known, of_the_time)
    assert [one.name for one in alarms(settings) if one.name == "gaps"] == []


def test_the_allowance_spreads_healing_over_runs_newest_time_first(
    vendor: RunningSimulator, settings: Settings
) -> None:
    vendor.pin(DAY + timedelta(days=3, minutes=5))
    tight = frugal(settings)
    wanted = scheduled(tight, 71, 72, Interval.H1)
    first = run_steps(tight, wanted, lane="daily")
    assert first.complete, first.left
    assert any("budget.heal_credits" in note for note in first.notes)
    oldest = min(row[0] for row in rows_of(tight, "timestamp"))
    assert oldest > DAY
    for _ in range(3):
        run_steps(tight, wanted, lane="daily")
    assert min(row[0] for row in rows_of(tight, "timestamp")) == DAY


def test_a_gap_beyond_the_allowance_is_healed_in_parts(vendor: RunningSimulator, settings: Settings) -> None:
    gap = scope(settings, Interval.M5, sources=ONE_SOURCE, start=NOW - 69 * A_DAY, end=NOW)
    whole = preview(settings, "daily", gap).price.credits
    healed = preview(settings, "daily", replace(gap, heal_before=gap.end)).price.credits
    assert whole > settings.budget.heal_credits >= healed > settings.budget.heal_credits * 0.8


def test_a_run_that_plans_again_keeps_its_used_allowance(vendor: RunningSimulator, settings: Settings) -> None:
    vendor.pin(DAY + timedelta(days=3, minutes=5))
    tight = frugal(settings)
    wanted = scheduled(tight, 71, 72, Interval.H1)
    run = RunSpec("one", "daily")
    first = plan(tight, run, wanted)
    extract(tight, run, first.window_ids)
    again = plan(tight, run, wanted)
    assert (len(first.window_ids) > 1, again.window_ids) == (True, [])
    assert plan(tight, RunSpec("another", "daily"), wanted).window_ids != []


def test_gaps_taken_over_from_a_dead_run_use_up_the_allowance(vendor: RunningSimulator, settings: Settings) -> None:
    vendor.pin(DAY + timedelta(days=3, minutes=5))
    tight = frugal(settings)
    wanted = scheduled(tight, 71, 72, Interval.H1)
    died = plan(tight, RunSpec("died", "daily"), wanted)
    following = plan(tight, RunSpec("next", "daily"), wanted)
    assert set(following.window_ids) == set(died.window_ids)


def test_a_recheck_requests_proven_empty_time_again(vendor: RunningSimulator, settings: Settings) -> None:
    wanted = scope(settings, Interval.H1, symbols=("XRP",), sources=("kalshi",))
    run_steps(settings, wanted)
    vendor.pin(NOW + timedelta(days=2))
    run_steps(settings, wanted)
    vendor.pin(NOW + timedelta(days=9))
    assert run_steps(settings, wanted).requests == 0
    forget_emptiness(settings, wanted)
    assert run_steps(settings, wanted).requests == 1


@pytest.mark.usefixtures("forked_worker")
@pytest.mark.parametrize(("allowance_credits", "requests"), [(20_000, 1), (50, 0)])
def test_a_range_healed_by_hand_is_bought_within_the_allowance(
    settings: Settings, allowance_credits: int, requests: int
) -> None:
    """All of it, fresh time included."""
    budget = settings.budget.model_copy(update={"heal_credits": allowance_credits})
    settings = settings.model_copy(update={"budget": budget})
    report = heal(settings, RunSpec(new_run_id("heal"), "daily"), scope(settings, Interval.H4))

    assert (report.requests, report.complete) == (requests, requests == 1)
