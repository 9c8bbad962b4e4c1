"""Long ranges: in which order they are bought, how reading ends before its work does, and buying again on purpose."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context

import pytest

from include.domain.clock import iso
from include.domain.market import Interval
from include.pipeline.monitoring.budget import budget as budget_of
from include.pipeline.pricing.preview import preview
from include.pipeline.run_notes import keep_price, note_stop_reason, priced_run, stop_reason
from include.pipeline.scope.scope import RunSpec, Scope, new_run_id
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.load.load import load
from include.pipeline.steps.plan.plan import plan as plan_run
from include.pipeline.steps.report.finish_run import finish_run
from include.pipeline.steps.report.run_report import report as report_on
from include.pipeline.steps.report.summary import RunReport
from include.pipeline.steps.settle.settle import settle
from include.pipeline.steps.validate.validate import validate
from include.planning.windows.order import Order
from include.settings import Settings
from include.simulator.server import RunningSimulator
from tests import clock
from tests.pipeline.conftest import DAY, KEY, NEXT_DAY, rows_of, scope

TEN_DAYS = timedelta(days=10)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """One request at a time, in windows of one page, so that the order of requests is the order of windows."""
    api, plan = settings.api.model_copy(update={"concurrency": 1}), settings.plan.model_copy(update={"window_pages": 1})
    return settings.model_copy(update={"api": api, "plan": plan})


def ten_days(settings: Settings, order: Order = Order.NEWEST_FIRST) -> Scope:
    return replace(scope(settings, Interval.M5, start=NEXT_DAY - TEN_DAYS), order=order)


def steps(settings: Settings, run: RunSpec, wanted: Scope) -> RunReport:
    """A batch after the other until a limit; what the DAG's own tasks make of it is in tests/dags/test_backfill.py."""
    for batch in plan_run(settings, run, wanted).batches():
        extracted = extract(settings, run, batch.window_ids)
        if extracted.stopped and extracted.ended_at_a_limit:
            note_stop_reason(settings, run.run_id, extracted.stopped.message)
            break
    batch_ids = validate(settings, run)
    load(settings, batch_ids)
    settle(settings, batch_ids)
    found = report_on(settings, run, wanted)
    finish_run(settings, found)
    return found


def new_run(**more: object) -> RunSpec:
    return RunSpec(new_run_id("test"), "backfill", one_process=False, **more)  # type: ignore[arg-type] # fields of several types


def test_the_newest_windows_are_read_first_and_the_price_is_the_same(settings: Settings) -> None:
    wanted = ten_days(settings)
    oldest_first = preview(settings, "backfill", replace(wanted, order=Order.OLDEST_FIRST))
    assert preview(settings, "backfill", wanted).price == oldest_first.price

    run = new_run()
    planned = plan_run(settings, run, wanted)
    extracted = extract(settings, run, planned.window_ids)

    ends = [window.end for window in planned.windows]
    assert len(ends) > 5
    assert ends == sorted(ends, reverse=True)
    assert extracted.landed == planned.window_ids
    assert extracted.credits <= oldest_first.price.credits


@pytest.mark.parametrize("order", list(Order))
def test_the_start_of_the_grid_is_no_progress(settings: Settings, order: Order) -> None:
    """A range may begin and end between two grid points, and windows begin and end on them."""
    between = timedelta(minutes=2)
    wanted = replace(scope(settings, Interval.M5, start=DAY + between, end=NEXT_DAY - between), order=order)

    report = steps(settings, new_run(max_credits=0), wanted)

    assert report.reached is None
    assert "no part of the range is whole yet; left: 1 window, 1 request, about" in report.left[-1]


@pytest.mark.parametrize("order", list(Order))
def test_out_of_credits_says_how_far_it_came_and_is_resumed(
    vendor: RunningSimulator, settings: Settings, order: Order
) -> None:
    wanted = ten_days(settings, order)
    whole = preview(settings, "backfill", wanted).price

    first = steps(settings, new_run(max_credits=whole.credits // 2), wanted)

    assert not first.complete
    assert first.reached is not None
    assert first.left_price is not None
    stored = [row[0] for row in rows_of(settings, "timestamp")]
    if order is Order.NEWEST_FIRST:
        assert min(stored) == first.reached
    else:
        assert max(stored) == first.reached - timedelta(minutes=5)
    [stopped, left] = first.left
    assert "--max-credits" in stopped
    assert f"{first.left_price.credits:,} credits" in left
    assert iso(first.reached) in left
    assert abs(first.credits + first.left_price.credits - whole.credits) <= 100

    second = steps(settings, new_run(), wanted)

    assert second.complete, second.left
    assert abs(second.credits - first.left_price.credits) <= 50
    asked = [one.fingerprint for one in vendor.questions]
    assert len(asked) == len(set(asked))


def test_a_greedy_backfill_leaves_hourly_runs_their_credits(settings: Settings) -> None:
    """The backfill would take 26,000 of 20,000 credits; the hourly run needs 5,284 of 10,000 that are kept for it."""
    mid_cycle = min(28, (clock.now() - TEN_DAYS).day)
    budget = settings.budget.model_copy(update={"monthly_credits": 20_000, "cycle_day": mid_cycle})
    settings = settings.model_copy(update={"budget": budget})
    hours = scope(settings, Interval.M5, symbols=("ETH",), start=NEXT_DAY - timedelta(days=2))
    at_its_limit, done = threading.Event(), threading.Event()

    def backfill() -> list[str]:
        stops = []
        while not done.is_set():
            run, wanted = new_run(), ten_days(settings)
            extracted = extract(settings, run, plan_run(settings, run, wanted).window_ids)
            stops.append(extracted.stopped.message if extracted.stopped else "")
            at_its_limit.set()
        return stops

    with ThreadPoolExecutor(1) as pool:
        backfilling = pool.submit(backfill)
        at_its_limit.wait(60)
        try:
            hourly = steps(settings, replace(new_run(), lane="hourly"), hours)
        finally:
            done.set()
        stops = backfilling.result()

    assert hourly.complete, hourly.left
    assert hourly.credits == 5_284
    assert all("kept for runs that go first" in stop or "the backfill lane's share" in stop for stop in stops), stops
    lanes = {lane.lane: lane.spent for lane in budget_of(settings).lanes}
    assert 3_050 <= lanes["backfill"] <= 7_000


def test_out_of_time_reading_ends_between_pages_and_is_loaded(
    vendor: RunningSimulator, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, until = ten_days(settings), clock.now() + timedelta(hours=1)
    monkeypatch.setattr(
        "include.pipeline.steps.extract.pacer.utc_now",
        lambda: clock.now() + timedelta(hours=2 * (len(vendor.questions) >= 3)),
    )

    report = steps(settings, new_run(read_until=until), wanted)

    assert len(vendor.questions) == 3
    assert vendor.account(KEY).credits == report.credits
    assert "out of time" in report.left[0]
    assert sum(one.received for one in report.series) == len(rows_of(settings)) > 2000
    monkeypatch.undo()
    assert steps(settings, new_run(), wanted).complete


def test_a_limit_is_known_to_the_tasks_of_its_run(settings: Settings) -> None:
    """A run that begins again does not know it."""
    began = clock.now()
    run = new_run(max_credits=60)
    steps(settings, run, ten_days(settings))

    assert "--max-credits" in (stop_reason(settings, run.run_id, since=began) or "")
    assert stop_reason(settings, run.run_id, since=clock.now()) is None
    plan_run(settings, run, ten_days(settings))
    assert stop_reason(settings, run.run_id, since=began) is None


def test_a_cleared_task_resumes_at_the_committed_cursor(vendor: RunningSimulator, settings: Settings) -> None:
    """Its worker was killed in the middle of a batch."""
    many_pages = settings.model_copy(update={"plan": settings.plan.model_copy(update={"window_pages": 20})})
    run, wanted = new_run(), scope(settings, Interval.M5, start=NEXT_DAY - timedelta(days=60))
    batch, *_ = plan_run(many_pages, run, wanted).batches()
    worker = get_context("spawn").Process(target=extract, args=(many_pages, run, batch.window_ids))
    worker.start()
    while len(vendor.questions) < 4 and worker.is_alive():
        time.sleep(0.005)
    worker.kill()
    worker.join()
    before = len(vendor.questions)

    extracted = extract(many_pages, run, batch.window_ids)

    assert extracted.landed == batch.window_ids
    assert 4 <= before < before + extracted.requests
    asked = [one.fingerprint for one in vendor.questions]
    assert len(asked) - len(set(asked)) <= 1  # the one request whose answer died with the worker


def test_a_reread_buys_covered_time_exactly_once(vendor: RunningSimulator, settings: Settings) -> None:
    """The old values are kept."""
    wanted = scope(settings, Interval.H1)
    first = new_run()
    steps(settings, first, wanted)
    rows = rows_of(settings)

    again = replace(wanted, reread_for=first.run_id)  # an orchestrator may repeat a run under the same id
    for _ in range(2):
        report = steps(settings, first, again)
        assert report.complete, report.left
    other = new_run()
    steps(settings, other, replace(wanted, reread_for=other.run_id))

    assert len(vendor.questions) == 3
    assert len(rows_of(settings)) == len(rows)


def test_a_series_held_back_stays_so_until_all_of_it_is_read_better(settings: Settings) -> None:
    wanted = scope(settings, Interval.H1, sources=("binance_futures",))
    strict = settings.model_copy(update={"quality": settings.quality.model_copy(update={"max_open_interest": 1.0})})
    kept_out = steps(strict, new_run(), wanted)
    half, rest = replace(wanted, end=DAY + timedelta(hours=12)), replace(wanted, start=DAY + timedelta(hours=12))

    reports = []
    for part in (half, rest):
        run = new_run()
        steps(settings, run, replace(part, reread_for=run.run_id))
        reports.append([report_on(settings, run, asked).complete for asked in (half, wanted)])

    assert any("too many bad rows" in sentence for sentence in kept_out.left)
    assert reports == [[True, False], [True, True]]


def test_an_interrupted_reread_buys_only_the_rest(vendor: RunningSimulator, settings: Settings) -> None:
    wanted = ten_days(settings)
    steps(settings, new_run(), wanted)
    undisturbed = len(vendor.questions)
    run = new_run(max_credits=4_000)
    again = replace(wanted, reread_for=run.run_id)
    stopped = steps(settings, run, again)
    assert not stopped.complete
    assert any("`to`" in sentence for sentence in stopped.left)

    report = steps(settings, replace(run, max_credits=None), again)

    assert report.complete, report.left
    assert len(vendor.questions) == 2 * undisturbed


def test_a_reread_is_bought_once_where_workers_clocks_differ(vendor: RunningSimulator, settings: Settings) -> None:
    """The worker that plans is an hour ahead of the one that reads."""
    wanted = scope(settings, Interval.H1)
    steps(settings, new_run(), wanted)
    run = new_run()
    again = replace(wanted, reread_for=run.run_id)
    clock.move_to(clock.now() + timedelta(hours=1))
    plan_run(settings, run, again)
    clock.move_to(clock.now() - timedelta(hours=1))
    reports = [steps(settings, run, again) for _ in range(2)]

    assert [report.complete for report in reports] == [True, True]
    assert len(vendor.questions) == 2


def test_a_preview_of_a_re_read_prices_all_of_it(settings: Settings) -> None:
    wanted = scope(settings, Interval.H1)
    price = preview(settings, "backfill", wanted).price
    steps(settings, new_run(), wanted)

    assert preview(settings, "backfill", wanted).price.credits == 0
    assert preview(settings, "backfill", replace(wanted, reread_for="a run to come")).price == price


def test_the_priced_plan_is_kept_beside_the_outcome(settings: Settings) -> None:
    wanted, run = scope(settings, Interval.H1, Interval.H4, start=DAY), new_run(max_credits=5_000)
    keep_price(settings, run, wanted, preview(settings, run.lane, wanted))
    report = steps(settings, run, wanted)

    kept = priced_run(settings, run.run_id)

    assert kept is not None
    assert [(line["interval"], line["requests"]) for line in kept["priced"]["lines"]] == [("1h", 1), ("4h", 1)]
    assert kept["priced"]["price"]["credits"] == report.credits == kept["settled_credits"]
    assert kept["windows"] == {"settled": 2}
    assert kept["outcome"]["complete"] is True
    assert priced_run(settings, "unknown") is None
