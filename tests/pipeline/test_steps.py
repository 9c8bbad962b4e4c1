from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from include.domain.market import Interval
from include.domain.next_step import NextStep
from include.landing.errors import LandingFailed, LandingUnreachable
from include.landing.store import LandingStore
from include.ledger.credits.spend_totals import totals
from include.ledger.database.engine import open_ledger
from include.ledger.work import leases
from include.ledger.work.findings import SeriesFinding
from include.pipeline.errors import PipelineError
from include.pipeline.monitoring.alarms import alarms
from include.pipeline.pricing.preview import preview as preview_plan
from include.pipeline.scope.scope import RunSpec, new_run_id
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.load.load import load
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.report.run_report import report as report_on
from include.pipeline.steps.settle.settle import settle
from include.pipeline.steps.validate import batch_files, worker
from include.pipeline.steps.validate.validate import landed_batch, validate
from include.pipeline.workflows.replay import replay
from include.quality import RulesFailed, classify
from include.settings import Settings
from include.simulator.server import RunningSimulator
from include.warehouse.connect import open_warehouse
from tests.pipeline.conftest import DAY, KEY, NEXT_DAY, NOW, rows_of, run_steps, scope


def test_a_day_arrives_exactly_and_a_second_run_buys_nothing(vendor: RunningSimulator, settings: Settings) -> None:
    wanted = scope(settings, Interval.H4, sources=("binance_futures",))
    report = run_steps(settings, wanted)
    assert report.complete, report.left
    assert (report.requests, report.credits) == (1, 50 + 3 * 6)
    stored = rows_of(settings, "timestamp, open_interest, open_interest_usd")
    assert stored[:3] == [
        (DAY, 52340.80, 4938475200.00),
        (DAY + timedelta(hours=4), 53100.20, 5015118900.00),
        (DAY + timedelta(hours=8), 51890.45, 4896523050.00),
    ]
    again = run_steps(settings, wanted)
    assert again.complete
    assert (again.requests, again.credits) == (0, 0)
    assert rows_of(settings, "timestamp, open_interest, open_interest_usd") == stored
    assert vendor.account(KEY).credits == report.credits


def test_one_request_buys_all_sources_of_a_symbol(vendor: RunningSimulator, settings: Settings) -> None:
    report = run_steps(settings, scope(settings, Interval.H1))
    assert report.complete, report.left
    assert report.requests == 1
    assert {row[0] for row in rows_of(settings, "source")} == {"binance_futures", "hyperliquid", "kalshi"}


def test_rows_of_unrequested_sources_are_kept_and_not_bought_again(settings: Settings) -> None:
    run_steps(settings, scope(settings, Interval.H1))
    report = run_steps(settings, scope(settings, Interval.H1, sources=("kalshi",)))
    assert report.complete
    assert report.requests == 0


def test_a_wider_range_buys_only_what_is_missing(settings: Settings) -> None:
    run_steps(settings, scope(settings, Interval.H1, start=DAY, end=NEXT_DAY))
    wider = scope(settings, Interval.H1, start=DAY - timedelta(days=1), end=NEXT_DAY + timedelta(days=1))
    report = run_steps(settings, wider)
    assert report.complete
    assert sum(one.received for one in report.series) <= 2 * 24 * 3
    assert len(rows_of(settings)) == sum(one.covered for one in report.series)


def test_a_cap_stops_the_run_cleanly_and_is_resumed(settings: Settings) -> None:
    wanted = scope(settings, Interval.M5, end=DAY + timedelta(days=3))
    first = run_steps(settings, wanted, max_credits=4000)
    assert not first.complete
    assert not first.failed
    assert first.credits <= 4000
    assert any("--max-credits" in sentence for sentence in first.left)
    second = run_steps(settings, wanted)
    assert second.complete, second.left
    assert len(rows_of(settings)) == sum(one.covered for one in second.series)
    undisturbed = 50 * 3 + 3 * sum(one.covered + one.quarantined for one in second.series)
    assert first.credits + second.credits <= undisturbed + 50


def test_a_refused_key_stops_with_a_message_and_costs_nothing(
    vendor: RunningSimulator, settings_for: Callable[..., Settings]
) -> None:
    settings = settings_for(vendor.base_url, key="not-a-kwery-key")
    with pytest.raises(PipelineError, match="KWERY_API_KEY") as caught:
        run_steps(settings, scope(settings, Interval.H1))
    assert caught.value.next_step is NextStep.STOP_RUN
    assert "not-a-kwery-key" not in str(caught.value)


def test_an_unknown_symbol_is_named_and_the_others_arrive(settings: Settings) -> None:
    report = run_steps(settings, scope(settings, Interval.H4, symbols=("BTC", "NOSUCH")))
    assert not report.complete
    assert report.failed
    assert any("NOSUCH" in sentence for sentence in report.left)
    assert {row[0] for row in rows_of(settings, "symbol")} == {"BTC"}


def test_history_beyond_the_plan_is_neither_requested_nor_claimed(
    vendor: RunningSimulator, settings_for: Callable[..., Settings]
) -> None:
    settings = settings_for(vendor.base_url, key="kwery_test_free_depth")
    report = run_steps(settings, scope(settings, Interval.D1, start=NOW - timedelta(days=9), end=NEXT_DAY))
    assert not report.complete
    assert not report.failed
    assert any("history" in sentence for sentence in report.left)
    oldest = min(row[0] for row in rows_of(settings, "timestamp"))
    assert oldest >= NOW - timedelta(days=7)


def test_a_bucket_in_progress_is_read_again_once_it_closed(vendor: RunningSimulator, settings: Settings) -> None:
    """Its change is kept in the history."""
    vendor.pin(datetime(2026, 3, 7, 10, 30, tzinfo=UTC))
    wanted = scope(settings, Interval.H1, sources=("binance_futures",), end=datetime(2026, 3, 7, 12, tzinfo=UTC))
    run_steps(settings, wanted)
    provisional = rows_of(settings, "open_interest", "toHour(timestamp) = 10")
    vendor.pin(datetime(2026, 3, 7, 13, 30, tzinfo=UTC))
    report = run_steps(settings, wanted)
    assert report.complete, report.left
    assert report.loaded.changed == 1
    assert rows_of(settings, "open_interest", "toHour(timestamp) = 10") != provisional
    assert len(rows_of(settings)) == 12


def test_future_time_is_neither_requested_nor_missing(vendor: RunningSimulator, settings: Settings) -> None:
    vendor.pin(datetime(2026, 3, 7, 10, 30, tzinfo=UTC))
    report = run_steps(settings, scope(settings, Interval.H1, end=NEXT_DAY))
    assert report.complete, report.left
    assert vendor.questions[0].rows == 33
    assert max(one.points for one in report.series) == 11


def test_a_preview_prices_the_run_and_writes_no_window(vendor: RunningSimulator, settings: Settings) -> None:
    wanted = scope(settings, Interval.H1)
    preview = preview_plan(settings, "backfill", wanted)
    assert (preview.price.requests, preview.price.rows, preview.price.credits) == (1, 72, 50 + 3 * 72)
    assert preview.fits
    assert preview.naive_credits > preview.price.credits
    assert vendor.questions == []
    assert run_steps(settings, wanted).credits <= preview.price.credits


def test_empty_time_is_requested_twice_by_the_daily_lane_alone(vendor: RunningSimulator, settings: Settings) -> None:
    """Once more after a day, and then no more."""
    wanted = scope(settings, Interval.H1, symbols=("XRP",), sources=("kalshi",))
    assert run_steps(settings, wanted).requests == 1
    assert run_steps(settings, wanted).requests == 0
    vendor.pin(NOW + timedelta(days=1))
    assert run_steps(settings, wanted, lane="hourly").requests == 0
    assert run_steps(settings, wanted, lane="daily").requests == 1
    vendor.pin(NOW + timedelta(days=3))
    assert run_steps(settings, wanted, lane="daily").requests == 0


def test_queued_work_is_priced_by_the_next_preview_and_plan(settings: Settings) -> None:
    wanted = scope(settings, Interval.M5, end=DAY + timedelta(days=3))
    whole = preview_plan(settings, "backfill", wanted).price
    first = run_steps(settings, wanted, max_credits=4000)
    rest = preview_plan(settings, "backfill", wanted).price
    assert 0 < rest.credits < whole.credits
    assert abs(first.credits + rest.credits - whole.credits) <= 100
    run = RunSpec(new_run_id("test"), "backfill")
    assert plan(settings, run, wanted).price == rest


def test_runs_of_several_tasks_leave_each_others_plans_alone(settings: Settings) -> None:
    noon = DAY + timedelta(hours=12)
    hourly = RunSpec("hourly", "hourly", one_process=False)
    daily = RunSpec("daily", "daily", one_process=False)
    planned = plan(settings, hourly, scope(settings, Interval.H1, start=noon, end=NEXT_DAY))
    plan(settings, daily, scope(settings, Interval.H1, start=DAY, end=NEXT_DAY - timedelta(hours=6)))
    extracted = extract(settings, hourly, planned.window_ids)
    assert extracted.landed == planned.window_ids
    assert extracted.rows == 36


def test_a_batch_published_twice_counts_as_new_once(settings: Settings) -> None:
    run = RunSpec(new_run_id("test"), "backfill")
    wanted = scope(settings, Interval.H1)
    extracted = extract(settings, run, plan(settings, run, wanted).window_ids)
    batch_ids = validate(settings, run)
    for _ in range(2):
        load(settings, batch_ids)
    settle(settings, batch_ids)
    load(settings, batch_ids)
    report = report_on(settings, run, wanted, extracted)
    assert report.loaded.new == extracted.rows == len(rows_of(settings))


@pytest.mark.parametrize("step", ["read_tables", "read_findings"])
def test_a_batch_that_another_run_settles_is_left_to_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The other run's task has ended, so its batch was taken over here; its next task continues with it."""
    run = RunSpec(new_run_id("test"), "backfill")
    wanted = scope(settings, Interval.H1)
    extracted = extract(settings, run, plan(settings, run, wanted).window_ids)
    batch_ids = validate(settings, run)
    load(settings, batch_ids)
    read = getattr(batch_files, step)

    def settled_first(home: Path, batch_id: str) -> object:
        settle(settings, [batch_id])
        return read(home, batch_id)

    monkeypatch.setattr(batch_files, step, settled_first)
    load(settings, batch_ids)

    report = report_on(settings, run, wanted, extracted)
    assert report.complete, report.left
    assert report.loaded.new == extracted.rows == len(rows_of(settings))


@pytest.mark.parametrize("file", ["accepted.arrow", "findings.json"])
def test_a_batch_with_an_incomplete_file_is_validated_again(settings: Settings, file: str) -> None:
    run = RunSpec(new_run_id("test"), "backfill")
    wanted = scope(settings, Interval.H1)
    extracted = extract(settings, run, plan(settings, run, wanted).window_ids)
    batch_ids = validate(settings, run)
    for batch_id in batch_ids:
        (settings.home / "batches" / batch_id / file).write_bytes(b"")
    load(settings, batch_ids)
    settle(settings, batch_ids)
    assert report_on(settings, run, wanted).complete
    assert len(rows_of(settings)) == extracted.rows


@pytest.mark.parametrize("step", ["validate", "load", "replay"])
def test_results_are_stored_before_a_failed_rule_is_raised(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    run = RunSpec(new_run_id("test"), "backfill")
    wanted = scope(settings, Interval.H1)
    extract(settings, run, plan(settings, run, wanted).window_ids)
    batch_ids = validate(settings, run) if step == "load" else []
    with monkeypatch.context() as broken:
        measures = classify.measures
        broken.setattr(classify, "measures", lambda *args: measures(*args).drop(columns="open_interest"))
        for batch_id in batch_ids:
            batch_files.remove(settings.home, batch_id)  # another machine has validated it
            with open_ledger(settings.ledger_url) as ledger:
                line = msgspec.json.encode(landed_batch(ledger, batch_id)).decode()
            assert "error" not in worker._answer(settings, line), "the error is raised where it is loaded"
        steps = {
            "validate": lambda: validate(settings, run),
            "load": lambda: load(settings, batch_ids),
            "replay": lambda: replay(settings),
        }
        with pytest.raises(RulesFailed, match="open_interest_in_range"):
            steps[step]()
    found = results_of(settings)
    assert ("open_interest_in_range", False, True) in found
    assert ("timestamp_on_grid", True, False) in found
    assert rows_of(settings) == []

    batch_ids = validate(settings, run)
    load(settings, batch_ids)
    settle(settings, batch_ids)
    assert report_on(settings, run, wanted).complete
    assert ("open_interest_in_range", True, False) in results_of(settings)


def results_of(settings: Settings) -> list[tuple[str, bool, bool]]:
    with open_warehouse(settings) as warehouse:
        rows = warehouse.query_rows("SELECT rule, success, errored FROM market.dq_results")[1]
    return [(rule, success, errored) for rule, success, errored in rows]


def test_a_cap_below_one_window_reads_those_that_fit(settings: Settings) -> None:
    one_at_a_time = settings.model_copy(update={"api": settings.api.model_copy(update={"concurrency": 1})})
    wanted = scope(one_at_a_time, Interval.M5, Interval.H1, Interval.H4)
    report = run_steps(one_at_a_time, wanted, max_credits=600)
    assert {row[0] for row in rows_of(one_at_a_time, "interval")} == {"1h", "4h"}
    assert 0 < report.credits <= 600
    assert not report.complete
    assert not report.failed


def test_rule_3_an_unaccounted_row_claims_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its window is set aside, whose batch and whose later runs go on; a replay returns it to the next load."""
    run = RunSpec(new_run_id("test"), "backfill")
    wanted = scope(settings, Interval.H4, symbols=("BTC", "ETH"))
    extract(settings, run, plan(settings, run, wanted).window_ids)
    [batch_id] = validate(settings, run)
    read = batch_files.read_findings

    def without_a_row(*of: Any) -> list[SeriesFinding]:
        return [replace(one, accepted=one.accepted - (one.series.symbol == "BTC")) for one in read(*of)]

    with monkeypatch.context() as tampered:
        tampered.setattr(batch_files, "read_findings", without_a_row)
        load(settings, [batch_id])
        assert settle(settings, [batch_id]).windows == 1
    [unaccounted] = report_on(settings, run, wanted).left
    assert "BTC" in unaccounted
    assert "are accounted for" in unaccounted
    assert report_on(settings, run, scope(settings, Interval.H4, symbols=("ETH",))).complete
    assert run_steps(settings, scope(settings, Interval.H4, symbols=("SOL",))).complete
    assert [alarm.name for alarm in alarms(settings) if "BTC" in alarm.subject and alarm.name == "set_aside"]

    assert replay(settings).left == []
    assert run_steps(settings, wanted).complete


@pytest.mark.parametrize("zone", ["file", "s3"])
def test_an_unwritable_landing_zone_is_named_before_any_payment(
    zone: str,
    vendor: RunningSimulator,
    settings_for: Callable[..., Settings],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    if zone == "s3":
        request.getfixturevalue("s3")
    (tmp_path / "taken").touch()
    url = {"s3": "s3://no-such-bucket/landing", "file": (tmp_path / "taken" / "landing").as_uri()}[zone]
    settings = settings_for(vendor.base_url, OI_LANDING_URL=url)
    with pytest.raises(LandingUnreachable, match="OI_LANDING_URL"):
        run_steps(settings, scope(settings, Interval.H4))
    assert vendor.account(KEY).credits == 0


def test_the_settings_cap_bounds_a_run_without_an_option(settings: Settings) -> None:
    capped = settings.model_copy(update={"budget": settings.budget.model_copy(update={"run_credits": 120})})
    report = run_steps(capped, scope(capped, Interval.H1, Interval.H4))
    assert 0 < report.credits <= 120
    assert not report.complete
    assert any("budget.run_credits" in sentence for sentence in report.left)


def test_a_window_with_all_pages_settled_is_settled_when_it_ends(settings: Settings) -> None:
    """Killed between the last page and its window's end: the pages settle first, the window with the next reader."""
    wanted = scope(settings, Interval.H1)
    run = RunSpec(new_run_id("test"), "backfill")
    (window_id,) = plan(settings, run, wanted).window_ids
    with pytest.MonkeyPatch.context() as killed:
        killed.setattr(leases, "finish", _die)
        with pytest.raises(ZeroDivisionError):
            extract(settings, run, [window_id])
    batch_ids = validate(settings, run)
    load(settings, batch_ids)
    settle(settings, batch_ids)
    report = run_steps(settings, wanted)
    assert report.complete, report.left
    assert report.requests == 0


def _die(*_: object) -> None:
    raise ZeroDivisionError


def test_a_failing_landing_zone_stops_all_requests(vendor: RunningSimulator, settings: Settings) -> None:
    wanted = scope(settings, *Interval, symbols=("BTC", "ETH", "SOL"))
    run = RunSpec(new_run_id("test"), "backfill")
    planned = plan(settings, run, wanted)

    def full(*_: object) -> None:
        raise LandingFailed("a page", "a folder", "no space")

    with pytest.MonkeyPatch.context() as disk:
        disk.setattr(LandingStore, "land", full)
        with pytest.raises(LandingFailed):
            extract(settings, run, planned.window_ids)
    assert len(vendor.questions) <= settings.api.concurrency
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert totals(connection) == (vendor.account(KEY).credits, 0), "each answer's charge is known, and settled"
