from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from include import pipeline
from include.kwery.contract import Interval
from include.pipeline import Scope
from include.pipeline.healing import forget_emptiness
from include.settings import Settings
from include.simulator.server import RunningSimulator
from tests.pipeline.conftest import DAY, NOW, rows_of, run_steps, scope


def scheduled(settings: Settings, begins: int, ends: int, *intervals: Interval, lookback_days: int = 3) -> Scope:
    """What a scheduled run wants: its own hours after DAY, and the look-back before them."""
    start, end = DAY + timedelta(hours=begins), DAY + timedelta(hours=ends)
    wanted = scope(settings, *intervals, start=min(start, end - timedelta(days=lookback_days)), end=end)
    return replace(wanted, heal_before=start)


def frugal(settings: Settings) -> Settings:
    """Small windows, and an allowance that holds only some of three days' holes."""
    return settings.model_copy(
        update={
            "plan": settings.plan.model_copy(update={"window_pages": 1}),
            "api": settings.api.model_copy(update={"row_cap": 60}),
            "budget": settings.budget.model_copy(update={"heal_credits": 600}),
        }
    )


def test_three_days_without_a_scheduler_are_made_whole_by_the_next_runs(
    vendor: RunningSimulator, settings: Settings
) -> None:
    vendor.pin(DAY + timedelta(hours=1, minutes=5))
    assert run_steps(settings, scheduled(settings, 0, 1, Interval.H1, lookback_days=0), lane="hourly").complete
    vendor.pin(DAY + timedelta(hours=73, minutes=5))
    hourly = run_steps(settings, scheduled(settings, 72, 73, Interval.H1), lane="hourly")
    daily = run_steps(settings, scheduled(settings, 48, 72, Interval.H1, Interval.H4), lane="daily")
    assert hourly.complete, hourly.left
    assert daily.complete, daily.left
    held = rows_of(settings, "timestamp", "source = 'binance_futures' AND interval = '1h'")
    assert held == [(DAY + timedelta(hours=hour),) for hour in range(73)]


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


def test_a_run_that_plans_again_does_not_begin_its_allowance_anew(vendor: RunningSimulator, settings: Settings) -> None:
    vendor.pin(DAY + timedelta(days=3, minutes=5))
    tight = frugal(settings)
    wanted = scheduled(tight, 71, 72, Interval.H1)
    run = pipeline.RunSpec("one", "daily")
    first = pipeline.plan(tight, run, wanted)
    pipeline.extract(tight, run, first.window_ids)
    again = pipeline.plan(tight, run, wanted)
    assert (len(first.window_ids) > 1, again.window_ids) == (True, [])
    assert pipeline.plan(tight, pipeline.RunSpec("another", "daily"), wanted).window_ids != []


def test_holes_taken_along_from_a_run_that_died_use_up_the_allowance(
    vendor: RunningSimulator, settings: Settings
) -> None:
    vendor.pin(DAY + timedelta(days=3, minutes=5))
    tight = frugal(settings)
    wanted = scheduled(tight, 71, 72, Interval.H1)
    died = pipeline.plan(tight, pipeline.RunSpec("died", "daily"), wanted)
    following = pipeline.plan(tight, pipeline.RunSpec("next", "daily"), wanted)
    assert set(following.window_ids) == set(died.window_ids)


def test_a_recheck_asks_again_for_what_was_proven_empty(vendor: RunningSimulator, settings: Settings) -> None:
    wanted = scope(settings, Interval.H1, symbols=("XRP",), sources=("kalshi",))
    run_steps(settings, wanted)
    vendor.pin(NOW + timedelta(days=2))
    run_steps(settings, wanted)
    vendor.pin(NOW + timedelta(days=9))
    assert run_steps(settings, wanted).requests == 0
    forget_emptiness(settings, wanted)
    assert run_steps(settings, wanted).requests == 1
