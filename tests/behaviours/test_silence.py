"""Behaviours 23, 36 and 50: silence is not absence (rule 3).

Coverage notes a silent stretch as empty with the reads that count: 0 is possibly clipped, 1 was read once, 2 is proven.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

from include.domain.clock import parse_instant
from include.domain.market import Interval, Series
from include.kwery.answers.doubts import Doubt
from include.pipeline.monitoring.alarms import alarms
from include.pipeline.pricing.preview import preview
from include.pipeline.steps.report.summary import RunReport
from include.planning.windows.coverage import PROVEN_READS
from include.settings import Settings
from include.simulator.server import SimulatorConfig, running
from tests import clock
from tests.behaviours.conftest import MakeSettings, StartVendor, claims, coverage, doubts
from tests.behaviours.vendor import Script, ScriptedVendor, hours, page
from tests.kwery.scripted_server import Asked, Reply
from tests.pipeline.conftest import DAY, KEY, NOW, rows_of, run_steps, scope

ONE_SOURCE = ("binance_futures",)
A_DAY = timedelta(days=1)
NOON = DAY + timedelta(hours=12)
AT_ONCE = "plan: {recheck_gap_hours: 0}"


def load(settings: Settings, lane: str = "daily", start: datetime = DAY) -> RunReport:
    return run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE, start=start), lane=lane)


def cut_before(edge: datetime) -> Script:
    """A plan that begins at `edge` and says nothing of it."""

    def reply(asked: Asked) -> Reply:
        first = max(parse_instant(asked.query["start"]), edge)
        last = parse_instant(asked.query["end"])
        return page(hours((first - DAY) // timedelta(hours=1), (last - DAY) // timedelta(hours=1)))

    return reply


def kept_since(made: datetime, hours_kept: float) -> dict[str, str]:
    """The headers of an answer that a cache has kept for that time."""
    return {"Date": format_datetime(made, usegmt=True), "Age": str(round(hours_kept * 3600))}


def test_behaviour_23_an_empty_answer_is_a_success_at_the_base_price(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """It is requested again a day later."""
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


def test_behaviour_36_a_cut_range_is_possibly_clipped_and_never_proven(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """Whether it is cut silently or with `clamped`."""
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


def test_time_before_the_market_raises_no_alarm(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    """It stays unproven, and only the report of the run that asked for it speaks of it: no alarm follows."""
    vendor = start_vendor(cut_before(DAY + timedelta(hours=12)))
    settings = settings_for(vendor.base_url, home="younger")
    report = load(settings, lane="backfill", start=DAY - 20 * A_DAY)
    [sentence] = report.left
    assert (report.complete, report.before_first_rows) == (False, True)
    assert sentence.startswith("BTC binance_futures 1h has nothing before 2026-03-07T12:00:00Z. ")
    assert [one.doubts for one in coverage(settings) if one.found == "empty"] == [(Doubt.POSSIBLY_CLIPPED,)]
    vendor.now = NOW + 4 * A_DAY
    assert [one for one in alarms(settings) if one.name == "doubts"] == []

    vendor.now = NOW
    partial = page(hours(0, 24), partial=True)
    settings = settings_for(start_vendor(partial).base_url, home="partial")
    report = load(settings, lane="backfill", start=DAY - 20 * A_DAY)
    assert (report.complete, report.before_first_rows) == (False, False)
    assert [one.name for one in alarms(settings) if one.name == "doubts"] == ["doubts"]


def test_behaviour_50_the_history_edge_keeps_a_margin_of_one_interval(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """The worker's clock alone decides no edge."""
    vendor = start_vendor(page([]))
    vendor.now = None  # no Date header: only the worker's clock is left
    vendor.limits = vendor.limits | {"max_history_days": 7}
    settings = settings_for(vendor.base_url)
    now = clock.now()
    for interval in Interval:
        wanted = scope(settings, interval, start=now - 10 * A_DAY, end=now)
        first = min(window.start for window in preview(settings, "backfill", wanted).windows)
        assert first - (now - 7 * A_DAY) >= interval.step


def test_a_clipped_stretch_is_requested_again_by_the_daily_lane_alone(
    settings_for: MakeSettings,
) -> None:
    """After the gap, and nothing else with it."""
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


def test_an_empty_day_is_proven_by_a_second_read_a_day_later(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """It costs nothing more afterwards."""
    vendor = start_vendor(page([]))
    settings = settings_for(vendor.base_url)
    asked = []
    for passed in (0, 12, 23.9, 24, 48, 240):
        vendor.now = NOW + timedelta(hours=passed)
        asked.append(load(settings).requests)
    assert asked == [1, 0, 0, 1, 0, 0]
    assert claims(settings) == [(0, 24, "empty", PROVEN_READS)]


def test_one_answer_kept_by_a_cache_proves_nothing_however_often_it_comes(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """The Age grows, the Date stays: the answer says nothing of the time since. New answers then prove."""
    vendor = start_vendor(page([]))
    settings = settings_for(vendor.base_url, AT_ONCE)
    made = NOW - timedelta(minutes=30)
    for hours_kept, reads in ((0.5, 1), (25, 0), (49, 0)):
        vendor.now = made + timedelta(hours=hours_kept)
        vendor.answer_by(page([], kept_since(made, hours_kept)))
        load(settings)
        assert claims(settings) == [(0, 24, "empty", reads)]
    for reads in (1, PROVEN_READS):
        vendor.now = made + timedelta(hours=100 + reads)
        vendor.answer_by(page([], {"Age": "60"}))
        load(settings)
        assert claims(settings) == [(0, 24, "empty", reads)]


def test_silence_that_a_cache_keeps_is_not_bought_at_every_run(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """It is requested like other silence that proves nothing: after a day, then ever more rarely."""
    vendor = start_vendor(lambda asked: page([], kept_since(NOW, (clock.now() - NOW) / timedelta(hours=1))))
    settings = settings_for(vendor.base_url)
    asked = []
    for passed in (0, 23, 24.1, 25, 48, 49, 50, 74, 24 * 20, 24 * 21, 24 * 23):
        vendor.now = NOW + timedelta(hours=passed)
        asked.append(load(settings).requests)
    assert asked == [1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1]
    assert [one.doubts for one in coverage(settings)] == [(Doubt.FROM_CACHE,)]


def test_a_bucket_that_ended_after_the_answer_was_made_is_read_again(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    vendor = start_vendor(cut_before(DAY))
    settings = settings_for(vendor.base_url)
    vendor.now = DAY + A_DAY
    kept = {"Date": format_datetime(DAY + timedelta(hours=20), usegmt=True), "Age": str(4 * 3600)}
    vendor.answer_by(page(hours(0, 20), kept))
    load(settings)
    assert claims(settings)[-1][1] <= 21, "nothing is claimed of what began later"
    vendor.answer_by(cut_before(DAY))
    load(settings)
    assert parse_instant(vendor.starts[-1]) <= DAY + timedelta(hours=20)
    assert len(rows_of(settings)) == 24


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


def test_a_deeper_plan_lets_a_doubt_be_requested_again_at_once(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """Not before."""
    vendor = start_vendor(cut_before(NOON))
    vendor.limits = vendor.limits | {"plan": "pro", "max_history_days": 30}
    settings = settings_for(vendor.base_url)
    assert len(doubts(load(settings))) == 1
    vendor.now = NOW + timedelta(hours=1)
    assert load(settings).requests == 0, "the same plan answers the same"
    vendor.answer_by(cut_before(DAY))
    vendor.limits = vendor.limits | {"plan": "business", "max_history_days": None}
    report = load(settings, "hourly")
    assert (report.complete, report.requests) == (True, 1), report.left
    assert claims(settings) == [(0, 24, "rows", 0)]


def test_a_larger_plan_lets_a_doubt_be_requested_once(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    """Silence that the larger plan does not fill either waits as before."""
    vendor = start_vendor(cut_before(NOON))
    settings = settings_for(vendor.base_url)
    asked = []
    for minute, plan, days in plans_by_minute():
        vendor.now = NOW + timedelta(minutes=minute)
        vendor.limits = vendor.limits | {"plan": plan, "max_history_days": days}
        asked.append(load(settings).requests)
    assert asked == [1, 0, 1, 0, 0, 0]


def plans_by_minute() -> list[tuple[int, str | None, int | None]]:
    """A larger plan in the third minute; then an account that says nothing, and the same plan again."""
    plans = [("free", 7), ("free", 7), ("pro", 30), ("pro", 30), (None, None), ("pro", 30)]
    return [(minute, *plan) for minute, plan in enumerate(plans)]


def test_repeated_reads_of_silence_stay_within_the_allowance(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """`budget.heal_credits` bounds each run."""
    vendor = start_vendor(cut_before(DAY))
    allowance = 4 * 124
    settings = settings_for(
        vendor.base_url, f"plan: {{window_pages: 1}}\napi: {{row_cap: 24}}\nbudget: {{heal_credits: {allowance}}}"
    )
    load(settings, start=DAY - 10 * A_DAY)
    silent = scope(settings, Interval.H1, sources=ONE_SOURCE, start=DAY - 10 * A_DAY)
    healing = replace(silent, heal_before=silent.end)
    for day in range(1, 4):
        vendor.now = NOW + day * A_DAY
        report = run_steps(settings, healing, lane="daily")
        assert 0 < report.credits <= allowance
        assert any("budget.heal_credits" in note for note in report.notes)
        assert run_steps(settings, replace(healing, heal_before=silent.end)).credits <= allowance


def test_old_unchanged_silence_is_requested_more_and_more_rarely(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """By a load, too."""
    vendor = start_vendor(cut_before(NOON))
    settings = settings_for(vendor.base_url)
    month = DAY + 30 * A_DAY
    asked = []
    for day in range(12):
        vendor.now = month + day * A_DAY
        asked.append(load(settings, "backfill").requests)
    assert asked == [1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]
