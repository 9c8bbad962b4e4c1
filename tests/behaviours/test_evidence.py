"""Behaviours 51 and 52: only a good answer proves by its silence that the vendor has no row (rule 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from include.domain.market import Interval
from include.kwery.answers.doubts import Doubt
from include.pipeline.monitoring.alarms import alarms
from include.pipeline.monitoring.status import UnconfirmedTime, status
from include.pipeline.steps.report.summary import RunReport
from include.pipeline.workflows.adopt import adopt
from include.planning.windows.coverage import PROVEN_READS
from include.settings import Settings
from tests.behaviours.conftest import MakeSettings, StartVendor, claims, coverage
from tests.behaviours.vendor import ScriptedVendor, hours, page, row
from tests.kwery.scripted_server import Reply
from tests.pipeline.conftest import DAY, NOW, rows_of, run_steps, scope
from tests.pipeline.lost_ledger import copied_after, restore

A_DAY = timedelta(days=1)
AT_ONCE = "plan: {recheck_gap_hours: 0}"
META = {"symbol": "BTC", "source": "binance_futures", "interval": "1h"}


def load(settings: Settings) -> RunReport:
    return run_steps(settings, scope(settings, Interval.H1, sources=("binance_futures",)), lane="daily")


def load_daily(vendor: ScriptedVendor, settings: Settings, days: range) -> list[RunReport]:
    """A load on each of the days, each long enough after the one before for a doubt to be asked again."""
    reports = []
    for day in days:
        vendor.now = NOW + day * A_DAY
        reports.append(load(settings))
    return reports


def beside(reply: Reply, **fields: Any) -> Reply:
    """The same answer with fields beside its `data`."""
    assert isinstance(reply.body, dict)
    return replace(reply, body=reply.body | fields)


@pytest.mark.parametrize(
    ("answer", "doubt"),
    [
        (beside(page([]), error={"code": "upstream_timeout"}), Doubt.ERROR_NAMED),
        (page([], **META, partial=True), Doubt.INCOMPLETE),
        (page([], **META | {"symbol": "ETH"}), Doubt.OTHER_QUESTION),
        (page([], {"X-Credits-Used": "122"}), Doubt.CHARGE_OFF),
        (replace(page([]), status=206), Doubt.STATUS_NOT_200),
    ],
    ids=lambda value: value.value if isinstance(value, Doubt) else "",
)
def test_behaviour_51_an_answer_that_is_no_good_one_proves_nothing(
    start_vendor: StartVendor, settings_for: MakeSettings, answer: Reply, doubt: Doubt
) -> None:
    """However often it comes; the doubt is shown with its reason, and goes away with good answers."""
    vendor = start_vendor(answer)
    settings = settings_for(vendor.base_url, AT_ONCE)
    for report in load_daily(vendor, settings, range(3)):
        assert (report.requests, report.complete) == (1, False)
        assert any(doubt.sentence in sentence for sentence in report.left)
        [series] = report.series
        assert (series.gaps, series.unproven, series.doubts) == (24, 24, [doubt.value])
        assert [(one.empty_reads, one.doubts) for one in coverage(settings)] == [(0, (doubt,))]
    [alarm] = [alarm for alarm in alarms(settings) if alarm.name == "doubts"]
    assert doubt.sentence in alarm.sentence
    vendor.answer_by(page([], **META, returned=0))
    report = load_daily(vendor, settings, range(3, 5))[-1]
    assert report.complete, report.left
    assert claims(settings) == [(0, 24, "empty", PROVEN_READS)]


@pytest.mark.parametrize(("counted", "doubt"), [({"total": 24}, Doubt.COUNT_OFF), ({"pages": 3}, Doubt.ROWS_HELD_BACK)])
def test_the_end_of_a_chain_brings_what_its_first_page_counts(
    start_vendor: StartVendor, settings_for: MakeSettings, counted: dict[str, int], doubt: Doubt
) -> None:
    """Though the last page alone is good, and another run reads it."""
    vendor = start_vendor(page(hours(0, 10), next_cursor="c", **counted), page(hours(10, 20)))
    settings = settings_for(vendor.base_url, "api: {row_cap: 12}")
    wanted = scope(settings, Interval.H1, sources=("binance_futures",))
    assert run_steps(settings, wanted, max_credits=90).requests == 1
    assert not run_steps(settings, wanted).complete
    assert claims(settings) == [(0, 20, "rows", 0), (20, 24, "empty", 0)]
    assert coverage(settings)[-1].doubts == (doubt,)


@pytest.mark.parametrize(
    ("rows", "doubt", "silent"),
    [
        ([row(hour) for hour in range(-30, 70) if not 0 <= hour < 24], Doubt.ROWS_OUTSIDE, 24),
        (hours(0, 24, timestamp="yesterday"), Doubt.ROWS_NOT_PLACED, 24),
        ([*hours(0, 23), row(23, timestamp="yesterday")], Doubt.ROWS_NOT_PLACED, 1),
        (hours(0, 24, symbol="ETH"), Doubt.ROWS_OF_OTHERS, 24),
    ],
    ids=["elsewhere", "unreadable", "one", "others"],
)
def test_behaviour_52_rows_elsewhere_or_without_a_place_prove_nothing(
    start_vendor: StartVendor, settings_for: MakeSettings, rows: list[dict[str, Any]], doubt: Doubt, silent: int
) -> None:
    vendor = start_vendor(page(rows))
    settings = settings_for(vendor.base_url, AT_ONCE)
    for report in load_daily(vendor, settings, range(2)):
        assert not report.complete
        assert report.series[0].unproven == silent
        assert doubt.value in report.series[0].doubts
    assert all(one.empty_reads == 0 for one in coverage(settings))
    assert len(rows_of(settings)) == 24 - silent


def test_a_row_at_the_end_and_a_value_that_is_rejected_leave_no_doubt(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    vendor = start_vendor(page([row(0), row(1, open_interest=None), row(24)]))
    settings = settings_for(vendor.base_url)
    report = load(settings)
    assert report.complete, report.left
    assert claims(settings) == [(0, 2, "rows", 0), (2, 24, "empty", 1)]
    assert [one.stretch.start for one in coverage(settings)][:1] == [DAY]


def test_status_and_marts_show_why_silence_is_unproven(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    from include.pipeline.steps.settle.sync_marts import sync_marts
    from include.warehouse.connect import open_warehouse

    vendor = start_vendor(page(hours(0, 12), **META, partial=True))
    settings = settings_for(vendor.base_url)
    load(settings)
    [series] = status(settings).series
    stretches = [(DAY + timedelta(hours=12), DAY + A_DAY)]
    assert (series.unproven, series.doubts) == (12, [UnconfirmedTime(["incomplete"], stretches)])
    sync_marts(settings)
    with open_warehouse(settings) as warehouse:
        columns = "stored, missing, proven_empty, unproven, doubts"
        [figures] = warehouse.query_rows(f"SELECT {columns} FROM bi.coverage")[1]
    assert tuple(figures) == (12, 12, 0, 12, ["incomplete"])


def test_an_adopted_page_is_judged_with_the_rows_before_it(
    start_vendor: StartVendor, settings_for: MakeSettings, tmp_path: Path
) -> None:
    """The ledger's copy has the first page of a chain; the second names the total of both."""
    vendor = start_vendor(page(hours(0, 12), next_cursor="c", total=23), page(hours(12, 23), total=23))
    settings = settings_for(vendor.base_url)
    copied_after(settings, scope(settings, Interval.H1, sources=("binance_futures",)), tmp_path / "copy.db", 1)
    read = coverage(settings)
    restore(settings, tmp_path / "copy.db")
    assert adopt(settings).pages == 1
    assert load(settings).requests == 0
    assert coverage(settings) == read
