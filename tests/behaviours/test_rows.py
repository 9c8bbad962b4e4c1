"""Behaviours 13 to 21 and 43 to 45: what becomes of received rows."""

from __future__ import annotations

import json
from datetime import timedelta
from math import inf, nan
from typing import Any

from include.domain.market import Interval
from include.ledger.database.engine import open_ledger
from include.ledger.work.coverage import replace_coverage
from include.pipeline.monitoring.alarms import alarms
from include.pipeline.steps.report.summary import RunReport
from include.settings import Settings
from include.simulator.server import SimulatorConfig, running
from include.warehouse.connect import open_warehouse
from tests.behaviours.conftest import BTC_H1, MakeSettings, StartVendor, claims
from tests.behaviours.vendor import hours, page, row
from tests.kwery.scripted_server import Asked, Reply
from tests.pipeline.conftest import DAY, KEY, rows_of, run_steps, scope

ONE_SOURCE = ("binance_futures",)
VALUES = "timestamp, source, open_interest, open_interest_usd"


def load(
    settings: Settings, interval: Interval = Interval.H1, sources: tuple[str, ...] | None = ONE_SOURCE
) -> RunReport:
    return run_steps(settings, scope(settings, interval, sources=sources))


def stored_hours(settings: Settings) -> list[int]:
    return [(moment - DAY) // timedelta(hours=1) for (moment,) in rows_of(settings, "timestamp")]


def asked_of(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(settings) as warehouse:
        return warehouse.query_rows(sql)[1]


def quarantined(settings: Settings) -> list[tuple[list[str], dict[str, Any]]]:
    """Broken rules and the row as received, in order of receipt."""
    found = asked_of(settings, "SELECT rules, raw FROM market.quarantine ORDER BY page_path, row_index")
    return [(rules, json.loads(raw)) for rules, raw in found]


def test_behaviour_13_repeats_are_stored_once_and_contradictions_apart(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """Contradicting rows are kept in quarantine."""
    other = row(11, open_interest=1.0, open_interest_usd=None)
    pages = page(hours(0, 12), next_cursor="c"), page([row(10), other, *hours(12, 24)])
    settings = settings_for(start_vendor(*pages).base_url)
    load(settings)
    assert stored_hours(settings) == [hour for hour in range(24) if hour != 11]
    rules, raws = zip(*quarantined(settings), strict=True)
    assert rules == (["conflicting_duplicate"],) * 2
    assert sorted(raw["open_interest"] for raw in raws) == [1.0, row(11)["open_interest"]]


def test_behaviour_14_pages_in_any_order_give_the_same_stored_result(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    sources = ("binance_futures", "hyperliquid", "kalshi")
    by_time = [row(hour, source=source, interval="4h") for hour in range(0, 24, 4) for source in sources]
    by_source = sorted(by_time, key=lambda one: one["source"])
    stored = []
    for name, rows in (("ascending", by_time), ("descending", by_time[::-1]), ("by_source", by_source)):
        vendor = start_vendor(page(rows[:9], next_cursor="c"), page(rows[9:]))
        settings = settings_for(vendor.base_url, home=name)
        assert load(settings, Interval.H4, None).complete
        stored.append(rows_of(settings, VALUES))
    assert len(stored[0]) == 18
    assert stored[0] == stored[1] == stored[2]


def test_behaviour_15_every_spelling_of_an_instant_is_one_instant(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    spellings = (
        *("2026-03-07T00:00:00Z", "2026-03-07T00:00:00+00:00", "2026-03-07T00:00:00.000000+00:00"),
        *(
            "2026-03-07t00:00:00z",
            "2026-03-07 00:00:00,0 UTC",
            "20260307T0000Z",
            "2026-03-06T19-05",
            "2026-03-06T24:00",
        ),
        *("1772841600", "1772841600.0", "1772841600000", 1772841600, 1772841600000000, 1772841600000000000),
    )
    rows = [row(0) | {"timestamp": spelling} for spelling in spellings]
    settings = settings_for(start_vendor(page(rows)).base_url)
    report = load(settings)
    assert rows_of(settings, "timestamp") == [(DAY,)]
    assert (report.series[0].received, report.series[0].duplicates) == (len(spellings), len(spellings) - 1)


def test_behaviour_16_rows_outside_the_window_are_dropped_and_counted(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """Rows before the start, and at or after the end."""
    settings = settings_for(start_vendor(page(hours(-1, 26))).base_url)
    report = load(settings)
    assert report.complete, report.left
    assert stored_hours(settings) == list(range(24))
    assert (report.series[0].received, report.series[0].outside) == (27, 3)


def test_behaviour_17_1d_and_24h_are_the_same_interval(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    said = {"BTC": "24h", "ETH": "1d"}

    def reply(asked: Asked) -> Reply:
        symbol = asked.query["symbol"]
        return page([row(0, symbol=symbol, interval=said[symbol])])

    vendor = start_vendor(reply)
    settings = settings_for(vendor.base_url)
    report = run_steps(settings, scope(settings, Interval.parse("24h"), symbols=tuple(said), sources=ONE_SOURCE))
    assert report.complete, report.left
    assert {asked.query["interval"] for asked in vendor.questions} == {"1d"}
    assert rows_of(settings, "symbol, interval") == [("BTC", "1d"), ("ETH", "1d")]


def test_behaviour_18_unknown_fields_are_ignored(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    """A missing field rejects its row at most."""

    def without(hour: int, field: str) -> dict[str, Any]:
        return {name: value for name, value in row(hour).items() if name != field}

    rows = [
        row(0, exchange={"id": 7}),
        without(1, "open_interest_usd"),
        without(2, "open_interest"),
        without(3, "timestamp"),
        *hours(4, 24),
    ]
    settings = settings_for(start_vendor(page(rows, clamped=None, notes=[])).base_url)
    report = load(settings)
    assert not report.failed
    assert rows_of(settings, "open_interest_usd")[1] == (None,)
    assert stored_hours(settings) == [0, 1, *range(4, 24)]
    assert [rules for rules, _ in quarantined(settings)] == [["open_interest_present"], ["timestamp_present"]]


def test_behaviour_19_numbers_and_numeric_texts_are_read(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    """Anything else rejects its row."""
    good = [52340, 52340.8, "52340.8", "5e4", 0]
    bad = [nan, inf, -1, "n/a", "NaN", True, {"value": 1}, None]
    rows = [row(hour, open_interest=value, open_interest_usd=None) for hour, value in enumerate(good + bad)]
    settings = settings_for(start_vendor(page(rows)).base_url)
    load(settings)
    assert rows_of(settings, "open_interest") == [(float(value),) for value in good]
    assert len(quarantined(settings)) == len(bad)


def test_behaviour_20_without_a_source_rows_are_kept_by_their_own_source(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    vendor = start_vendor(page([*hours(0, 24), *hours(0, 24, source="hyperliquid", open_interest=7.0)]))
    settings = settings_for(vendor.base_url)
    load(settings, sources=None)
    assert ["source" in asked.query for asked in vendor.questions] == [False]
    at_midnight = rows_of(settings, "source, open_interest", "toHour(timestamp) = 0")
    assert at_midnight == [("binance_futures", 52_340.5), ("hyperliquid", 7.0)]


def test_behaviour_21_two_contracts_at_one_timestamp_do_not_collapse(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """Neither is chosen."""

    def contract(hour: int, ticker: str, contracts: float) -> dict[str, Any]:
        return row(hour, source="kalshi", open_interest=contracts, open_interest_usd=contracts, ticker=ticker)

    rows = [contract(0, "A", 5), contract(0, "B", 9), contract(1, "A", 6), contract(1, "B", 6), contract(2, "A", 7)]
    settings = settings_for(start_vendor(page(rows)).base_url)
    load(settings, sources=("kalshi",))
    assert rows_of(settings, "toHour(timestamp), open_interest") == [(2, 7.0)]
    kept = {(raw["timestamp"][11:13], raw["ticker"]) for _, raw in quarantined(settings)}
    assert kept == {("00", "A"), ("00", "B"), ("01", "A"), ("01", "B")}


def test_behaviour_43_a_reread_reports_restated_values(
    settings_for: MakeSettings,
) -> None:
    """The newest complete bucket is provisional."""
    with running(SimulatorConfig(now=DAY + timedelta(hours=10, minutes=30), enforce_rates=False)) as vendor:
        settings = settings_for(vendor.base_url, KWERY_API_KEY=KEY)
        load(settings)
        first = dict(rows_of(settings, "toHour(timestamp), open_interest"))
        vendor.pin(DAY + timedelta(hours=13, minutes=30))
        report = load(settings)
        reread_from = vendor.questions[1].query
    assert reread_from is not None
    assert reread_from.start == DAY + timedelta(hours=9), "closed at 10:00, read before it was final"
    second = dict(rows_of(settings, "toHour(timestamp), open_interest"))
    changed = {hour for hour, value in first.items() if second[hour] != value}
    assert changed == {10}
    assert (report.loaded.changed, report.loaded.unchanged) == (1, 1)
    columns = "toHour(timestamp), previous_open_interest, open_interest, previous_known_at < known_at"
    restated = asked_of(settings, f"SELECT {columns} FROM market.open_interest_restatements")
    assert [tuple(one) for one in restated] == [(10, first[10], second[10], True)]


def test_a_large_restatement_is_reported_with_both_values(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """In the run's report and as an alarm."""
    vendor = start_vendor(page(hours(0, 24)))
    settings = settings_for(vendor.base_url)
    load(settings)
    halved, barely = row(5, open_interest=26_172.75), row(6, open_interest=52_400.0)
    vendor.answer_by(page([*hours(0, 5), halved, barely, *hours(7, 24)]))
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        replace_coverage(connection, {BTC_H1: []})  # asked again
    report = load(settings)
    assert report.loaded.changed == 2
    restated = "BTC binance_futures 1h at 2026-03-07T05:00:00Z was restated from 52,345.5 to 26,172.75 (-50.0%)"
    assert [note for note in report.notes if "restated" in note] == [restated]
    [alarm] = [one for one in alarms(settings) if one.name == "restated"]
    assert (alarm.severity, restated in alarm.sentence) == ("warning", True)


def test_behaviour_44_missing_buckets_are_gaps_and_not_interpolated(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """The report names them."""
    settings = settings_for(start_vendor(page([*hours(0, 7), *hours(9, 24)])).base_url)
    report = load(settings)
    assert stored_hours(settings) == [*range(7), *range(9, 24)]
    assert (report.series[0].points, report.series[0].covered, report.series[0].gaps) == (24, 22, 2)
    assert claims(settings) == [(0, 7, "rows", 0), (7, 9, "empty", 1), (9, 24, "rows", 0)]


def test_behaviour_45_an_implied_price_outside_the_band_is_a_warning(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """The unit may have changed; the row is kept."""
    notional = row(12)["open_interest_usd"]
    vendor = start_vendor(page([*hours(0, 12), row(12, open_interest=notional), *hours(13, 24)]))
    for band, flagged in (("5", 1), ("1e6", 0)):
        settings = settings_for(vendor.base_url, f"quality: {{implied_price_band: {band}}}", home=f"band_{band}")
        load(settings)
        sql = "SELECT unexpected_count, success FROM market.dq_results WHERE rule = 'implied_price_in_band'"
        assert asked_of(settings, sql) == [(flagged, not flagged)]
        assert len(rows_of(settings)) == 24
