"""Time before a source begins: the rows of other sources there do not prove that it has none."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from include.domain.clock import parse_instant
from include.domain.market import Interval, Series
from include.pipeline.monitoring.alarms import alarms
from include.pipeline.steps.report.summary import RunReport
from include.planning.windows.coverage import PROVEN_READS
from include.settings import Settings
from tests.behaviours.conftest import MakeSettings, StartVendor, claims, coverage, doubts
from tests.behaviours.vendor import Script, hours, page
from tests.kwery.scripted_server import Asked
from tests.pipeline.conftest import DAY, NOW, run_steps, scope

A_DAY = timedelta(days=1)
NOON = DAY + timedelta(hours=12)
BINANCE, HYPERLIQUID, KALSHI = (
    Series("BTC", source, Interval.H1) for source in ("binance_futures", "hyperliquid", "kalshi")
)


def load_all_sources(settings: Settings, start: datetime = DAY, lane: str = "daily") -> RunReport:
    return run_steps(settings, scope(settings, Interval.H1, start=start), lane=lane)


def sold(source: str, first: datetime, asked: Asked) -> list[dict[str, object]]:
    """What a vendor has of one source from `first` on, where the question asks for it."""
    if asked.query.get("source") not in (None, source):
        return []
    start, end = parse_instant(asked.query["start"]), parse_instant(asked.query["end"])
    return hours(_hours(max(start, first)), _hours(end), source=source) if max(start, first) < end else []


def _hours(instant: datetime) -> int:
    return (instant - DAY) // timedelta(hours=1)


def begins(**first: datetime) -> Script:
    """A vendor whose rows begin at another time for each source; sources that are not named have none."""
    return lambda asked: page(row for source, start in first.items() for row in sold(source, start, asked))


@pytest.mark.parametrize("windows", ["", "plan: {window_pages: 1}\napi: {row_cap: 24}"])
def test_time_before_a_late_source_begins_is_never_proven_empty(
    start_vendor: StartVendor, settings_for: MakeSettings, windows: str
) -> None:
    """The other sources have rows there."""
    vendor = start_vendor(begins(binance_futures=DAY, hyperliquid=NOON, kalshi=DAY))
    settings = settings_for(vendor.base_url, windows)
    for day in range(3):
        vendor.now = NOW + day * A_DAY
        report = load_all_sources(settings)
        assert claims(settings, HYPERLIQUID) == [(0, 12, "empty", 0), (12, 24, "rows", 0)]
        assert [sentence.startswith(HYPERLIQUID.label) for sentence in doubts(report)] == [True]
        assert report.credits <= 3 * 50 + 3 * 60, "what arrived is not bought again"
        assert [alarm.subject for alarm in alarms(settings) if alarm.name == "doubts"] == [HYPERLIQUID.label]
    assert claims(settings, BINANCE) == claims(settings, KALSHI) == [(0, 24, "rows", 0)]
    vendor.answer_by(begins(binance_futures=DAY, hyperliquid=DAY, kalshi=DAY))
    vendor.now = NOW + 3 * A_DAY
    report = load_all_sources(settings)
    assert report.complete, report.left
    assert claims(settings, HYPERLIQUID) == [(0, 24, "rows", 0)]


def test_a_source_without_any_row_is_proven_empty(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    """It is not requested any more, while the others have their rows."""
    vendor = start_vendor(begins(binance_futures=DAY, hyperliquid=DAY))
    settings = settings_for(vendor.base_url)
    asked = []
    for day in range(4):
        vendor.now = NOW + day * A_DAY
        report = load_all_sources(settings)
        assert report.complete, report.left
        asked.append(report.requests)
    assert asked == [1, 1, 0, 0]
    assert claims(settings, KALSHI) == [(0, 24, "empty", PROVEN_READS)]


def test_a_market_that_begins_while_it_is_tracked_leaves_no_doubt(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    vendor = start_vendor(begins(binance_futures=DAY - A_DAY, hyperliquid=NOON, kalshi=DAY - A_DAY))
    settings = settings_for(vendor.base_url)
    for first, end in ((-6, 0), (0, 9), (9, 18)):
        vendor.now = DAY + timedelta(hours=end, minutes=5)
        report = run_steps(settings, scope(settings, Interval.H1, start=DAY + timedelta(hours=first), end=vendor.now))
        assert report.complete, report.left
    vendor.now += A_DAY
    report = run_steps(settings, scope(settings, Interval.H1, start=DAY, end=NOON))
    assert (report.complete, report.requests) == (True, 1), report.left
    silent = [one for one in coverage(settings, HYPERLIQUID) if one.found == "empty"]
    assert silent[-1].stretch.end == NOON
    assert silent[-1].empty_reads == PROVEN_READS
    assert all(one.empty_reads for one in silent)


def test_a_pause_is_no_doubt_where_older_rows_are_known(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    """Its silence counts as a read."""
    vendor = start_vendor(begins(binance_futures=DAY - A_DAY, hyperliquid=DAY - A_DAY, kalshi=DAY - A_DAY))
    settings = settings_for(vendor.base_url)
    run_steps(settings, scope(settings, Interval.H1, start=DAY - A_DAY, end=DAY))
    vendor.answer_by(begins(binance_futures=DAY, hyperliquid=NOON, kalshi=DAY))
    report = load_all_sources(settings)
    assert report.complete, report.left
    assert claims(settings, HYPERLIQUID)[-2:] == [(0, 12, "empty", 1), (12, 24, "rows", 0)]
