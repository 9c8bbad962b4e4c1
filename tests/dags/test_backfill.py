"""The backfill DAG from its params to its report, against a real HTTP server, a real ledger and real chDB."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from include.domain.clock import iso
from include.pipeline.run_notes import priced_run
from oi_airflow.tasks import READ_AND_LOAD
from tests import clock
from tests.crash.scheduler import DagRun, Scheduler
from tests.crash.world import DAY, VENDOR, World

pytestmark = pytest.mark.slow

THE_DAY = {"from": DAY[1], "to": DAY[3], "intervals": ["15m", "1h"]}
PRICE = "price: 16 requests, 720 rows, 2,960 credits"
LINES = [(symbol, interval) for symbol in ("BTC", "ETH") for interval in ("15m", "1h")]


def trigger(world: World, scheduler: Scheduler, environment: dict[str, str] | None = None, **params: object) -> DagRun:
    conf = {**THE_DAY, **params}
    return scheduler.run("open_interest_backfill", conf, world.environment | (environment or {}), {})


def tries(run: DagRun, task: str) -> int:
    return len(run.codes(task))


def newest_run(world: World) -> dict[str, Any]:
    """As the page of the run shows it."""
    [(run_id,)] = world.ledger("SELECT run_id FROM runs ORDER BY started_at DESC LIMIT 1")
    kept = priced_run(world.settings, run_id)
    assert kept is not None
    return kept


def test_a_dry_run_shows_the_plan_with_its_price_and_all_else_is_skipped(world: World, scheduler: Scheduler) -> None:
    run = trigger(world, scheduler, dry_run=True)

    assert run.state == "success", run.tail
    assert run.states.pop("price") == "success"
    assert set(run.states.values()) == {"skipped"}, "what runs whatever happened before, too"
    for line in (PRICE, "A naive reader, ", "Lower bound: ", "reading time at the plan's rate: under a minute"):
        assert line in run.log
    line = f"dry run, nothing was bought: {PRICE.removeprefix('price: ')}; it fits"
    assert line in run.log
    assert run.note == line
    page = newest_run(world)
    assert [(line["symbol"], line["interval"]) for line in page["priced"]["lines"]] == LINES
    assert page["outcome"]["left"] == ["a dry run: nothing was bought"]
    assert world.vendor.questions == []


def test_what_does_not_fit_is_refused_before_anything_is_bought(world: World, scheduler: Scheduler) -> None:
    run = trigger(world, scheduler, {"OI_MONTHLY_CREDITS": "2000"})

    assert run.state == "failed", run.tail
    assert {task: run.states[task] for task in ("price", "plan", "extract", "report")} == {
        "price": "failed",
        "plan": "upstream_failed",
        "extract": "upstream_failed",
        "report": "skipped",
    }
    assert run.states["complete"] == "upstream_failed", "the run is red, by one red task"
    assert (tries(run, "price"), tries(run, "report")) == (1, 1)
    assert "budget.lane_shares.backfill: " in run.log
    assert "give max_credits to buy" in run.log
    assert newest_run(world)["outcome"]["left"][0] == "stopped: the range does not fit; nothing was bought"
    assert world.paid_questions == []


def test_a_capped_run_is_continued_without_the_cap(world: World, scheduler: Scheduler) -> None:
    capped = trigger(world, scheduler, max_credits=1000)
    paid, left = world.paid_credits, newest_run(world)["outcome"]["credits_to_finish"]

    assert capped.state == "failed", capped.tail
    assert {task for task in capped.states if task.startswith("extract")} == {"extract[0]"}, "no task beyond the cap"
    assert {task for task, state in capped.states.items() if state != "success"} == {"report", "complete"}
    assert tries(capped, "report") == 1
    for said in (
        "max_credits of 1,000 ends reading before that",
        "not begun: 3 windows, last in the order",
        "ended at a page boundary",
        f"about {left:,} credits: a run over the same range continues from there",
    ):
        assert said in capped.log
    assert 0 < paid <= 1000

    rest = trigger(world, scheduler)

    assert rest.state == "success", rest.tail
    assert set(rest.states.values()) == {"success"}
    assert abs(world.paid_credits - paid - left) <= 50
    assert len(world.paid_questions) == len(set(world.paid_questions))
    assert newest_run(world)["outcome"]["complete"]

    repeated = trigger(world, scheduler)

    assert repeated.state == "success", repeated.tail
    assert [task for task, _ in repeated.tries] == ["price", "plan", "report", "complete"]
    assert {task for task, state in repeated.states.items() if state == "skipped"} == set(READ_AND_LOAD)
    assert newest_run(world)["outcome"]["complete"]


def test_a_batch_whose_turn_comes_when_the_credits_are_spent_is_skipped(world: World, scheduler: Scheduler) -> None:
    """A budget that other runs spend of, too, is known to end reading only when it does.

    In the middle of a cycle: towards its end live lanes hand their shares to backfill, and all would fit.
    """
    budget = {"OI_MONTHLY_CREDITS": "2500", **clock.at(clock.DEFAULT)}
    run = trigger(world, scheduler, budget, max_credits=5000)

    assert run.state == "failed", run.tail
    assert {task: state for task, state in run.states.items() if state != "success"} == {
        "extract[1]": "skipped",
        "report": "failed",
        "complete": "upstream_failed",
    }
    assert "not begun: the cycle's budget of 2,500 credits leaves " in run.log
    assert tries(run, "report") == 1
    assert 0 < world.paid_credits < 2000


def test_time_beyond_the_plans_history_is_priced_and_left(world: World, scheduler: Scheduler) -> None:
    """The Free plan reaches back 7 days, and the first hour there is left as a margin."""
    free = {"KWERY_API_KEY": f"kwery_test_free_{world.name}"}
    edge = VENDOR.now - timedelta(days=7) + timedelta(hours=1)
    day = {"from": iso(edge - timedelta(hours=18)), "to": iso(edge + timedelta(hours=6)), "intervals": ["1h"]}
    run = trigger(world, scheduler, free, symbols=["BTC"], **day)

    assert run.state == "failed", run.tail
    assert {task for task, state in run.states.items() if state != "success"} == {"report", "complete"}
    assert tries(run, "report") == 1, "no other run brings it soon"
    outcome = newest_run(world)["outcome"]
    assert outcome["reached"] == iso(edge)
    beyond, to_finish = outcome["left"]
    assert "BTC binance_futures 1h, BTC hyperliquid 1h, BTC kalshi 1h: " in beyond
    assert "lies beyond the plan's history (7 days) and was not requested" in beyond
    assert f"reached back to {iso(edge)}, all from there on is loaded" in to_finish
    assert "for about 262 credits" in to_finish
