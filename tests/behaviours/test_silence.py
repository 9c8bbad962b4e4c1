"""Behaviours 23, 36 and 50: silence is not absence (rule 3).

Coverage notes a silent stretch as empty with the reads that count: 0 is possibly clipped, 1 was read once, 2 is proven.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from include import pipeline
from include.clock import parse_instant, utc_now
from include.kwery.contract import Interval, Series
from include.pipeline import RunReport
from include.planning.coverage import PROVEN_READS
from include.settings import Settings
from include.simulator.server import SimulatorConfig, running
from tests.behaviours.conftest import MakeSettings, StartVendor, claims, coverage
from tests.behaviours.vendor import Script, ScriptedVendor, hours, page
from tests.kwery.scripted_server import Asked, Reply
from tests.pipeline.conftest import DAY, KEY, NOW, rows_of, run_steps, scope

ONE_SOURCE = ("binance_futures",)
A_DAY = timedelta(days=1)


def load(settings: Settings, lane: str = "daily", start: datetime = DAY) -> RunReport:
    return run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE, start=start), lane=lane)


def cut_before(edge: datetime) -> Script:
    """A plan that begins at `edge` and says nothing of it."""

    def reply(asked: Asked) -> Reply:
        first = max(parse_instant(asked.query["start"]), edge)
        last = parse_instant(asked.query["end"])
        return page(hours((first - DAY) // timedelta(hours=1), (last - DAY) // timedelta(hours=1)))

    return reply


def doubts(report: RunReport) -> list[str]:
    return [sentence for sentence in report.left if "possibly clipped" in sentence]


def test_behaviour_23_an_empty_answer_is_a_success_at_the_base_price_and_is_asked_again(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    vendor = start_vendor(page([]))
    settings = settings_for(vendor.base_url)
    first = load(settings)
    assert (first.complete, first.failed, first.credits, first.loaded.new) == (True, False, 50, 0)
    assert claims(settings) == [(0, 24, "empty", 1)]
    assert load(settings).requests == 0, "within the gap asking again proves nothing"
    vendor.now = NOW + A_DAY
    vendor.answer_by(page(hours(0, 24)))
    assert load(settings).loaded.new == 24
    assert claims(settings) == [(0, 24, "rows", 0)]


def test_behaviour_36_a_range_cut_silently_or_by_clamping_is_possibly_clipped_and_never_proven_absent(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    vendor = start_vendor(cut_before(DAY + timedelta(hours=12)))
    settings = settings_for(vendor.base_url, "plan: {window_pages: 1}\napi: {row_cap: 8}", home="cut")
    for day in range(5):
        vendor.now = NOW + day * A_DAY
        report = load(settings)
        assert [one for one in coverage(settings) if one.empty_reads >= PROVEN_READS] == []
        assert (report.complete, len(doubts(report))) == (False, 1)
    assert len(rows_of(settings)) == 12

    clamped = page(hours(12, 24), clamped=True, effective_start="2026-03-07T12:00:00Z")
    settings = settings_for(start_vendor(clamped).base_url, home="clamped")
    report = load(settings)
    assert any("cut the start of the range to 2026-03-07T12:00" in note for note in report.notes)
    assert len(doubts(report)) == 1
    assert claims(settings) == [(0, 12, "empty", 0), (12, 24, "rows", 0)]


def test_behaviour_50_the_edge_of_the_history_keeps_a_margin_of_one_interval(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    vendor = start_vendor(page([]))
    vendor.now = None  # no Date header: only the worker's clock is left
    vendor.limits = vendor.limits | {"max_history_days": 7}
    settings = settings_for(vendor.base_url)
    now = utc_now()
    for interval in Interval:
        wanted = scope(settings, interval, start=now - 10 * A_DAY, end=now)
        first = min(window.start for window in pipeline.preview(settings, "backfill", wanted).windows)
        assert first - (now - 7 * A_DAY) >= interval.step


def test_a_clipped_stretch_is_asked_again_after_the_gap_by_the_daily_lane_alone_and_only_it(
    settings_for: MakeSettings,
) -> None:
    faults = {"silent_clip": 1.0}
    with running(SimulatorConfig(now=NOW, enforce_rates=False, faults=faults)) as vendor:
        settings = settings_for(vendor.base_url, KWERY_API_KEY=KEY)
        assert len(doubts(load(settings))) == 1
        assert claims(settings) == [(0, 12, "empty", 0), (12, 24, "rows", 0)]
        vendor.pin(NOW + A_DAY - timedelta(minutes=1))
        assert load(settings).requests == 0
        vendor.pin(NOW + A_DAY)
        assert load(settings, "hourly").requests == 0
        vendor.turn_on({})
        report = load(settings)
    assert report.complete, report.left
    assert (report.requests, report.credits) == (1, 50 + 3 * 12), "what arrived is not bought again"
    assert claims(settings) == [(0, 24, "rows", 0)]


def test_an_empty_day_is_proven_by_a_second_read_a_day_later_and_costs_nothing_more(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    vendor = start_vendor(page([]))
    settings = settings_for(vendor.base_url)
    asked = []
    for passed in (0, 12, 23.9, 24, 48, 240):
        vendor.now = NOW + timedelta(hours=passed)
        asked.append(load(settings).requests)
    assert asked == [1, 0, 0, 1, 0, 0]
    assert claims(settings) == [(0, 24, "empty", PROVEN_READS)]


def test_a_clamped_answer_after_an_empty_one_is_no_second_proof(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    vendor = start_vendor(page([]))
    settings = settings_for(vendor.base_url)
    load(settings)
    vendor.now = NOW + A_DAY
    vendor.answer_by(page([], clamped=True, effective_start="2026-03-08T00:00:00Z"))
    load(settings)
    assert max(one.empty_reads for one in coverage(settings)) < PROVEN_READS


def test_time_before_the_first_row_ever_seen_is_not_proven_absent(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    vendor: ScriptedVendor = start_vendor(cut_before(DAY))
    settings = settings_for(vendor.base_url, "api: {row_cap: 8}\nplan: {window_pages: 1}")
    earlier = DAY - A_DAY
    for day in range(4):
        vendor.now = NOW + day * A_DAY
        load(settings, start=earlier)
    series = Series("BTC", "binance_futures", Interval.H1)
    silent = [one for one in coverage(settings, series) if one.stretch.start < DAY]
    assert silent
    assert all(one.empty_reads < PROVEN_READS for one in silent)
    before = len(vendor.questions)
    vendor.now = NOW + 3 * A_DAY + timedelta(hours=1)
    load(settings, start=earlier)
    assert len(vendor.questions) == before, "asked at most once a gap"
