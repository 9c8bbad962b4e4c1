"""Behaviours 53 and 54: a clock that is wrong, the worker's or the vendor's, decides nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from include.domain.clock import iso, parse_instant
from include.domain.market import Interval, Series
from include.ledger.database.engine import open_ledger
from include.ledger.work import windows
from include.pipeline.monitoring.alarms import alarms
from include.pipeline.monitoring.budget import budget
from include.pipeline.monitoring.status import status
from include.pipeline.scope.scope import RunSpec, new_run_id
from include.pipeline.steps.report.summary import RunReport
from include.pipeline.vendor.client import client_of, know_clock, read_account
from include.pipeline.workflows.load_all import load_all
from include.pipeline.workflows.replay import replay
from include.settings import Settings
from include.warehouse.connect import open_warehouse
from tests import clock
from tests.behaviours.conftest import MakeSettings, StartVendor, coverage
from tests.behaviours.vendor import Script, page, row
from tests.kwery.scripted_server import Asked, Reply
from tests.pipeline.conftest import DAY, NOW, run_steps, scope

pytestmark = pytest.mark.usefixtures("forked_worker")
ONE_SOURCE = ("binance_futures",)
A_DAY, HOUR, M5 = timedelta(days=1), timedelta(hours=1), timedelta(minutes=5)
HISTORY = "SELECT timestamp, open_interest, known_at FROM market.open_interest_history ORDER BY timestamp, known_at"


def buckets(open_interest: float = 7.0, interval: Interval = Interval.M5) -> Script:
    """A row for each bucket asked for, all with one value."""

    def reply(asked: Asked) -> Reply:
        start, end = parse_instant(asked.query["start"]), parse_instant(asked.query["end"])
        count = (end - start) // interval.step
        moments = [interval.ceil(start) + i * interval.step for i in range(count)]
        return page(
            row(0, interval=interval.value, timestamp=iso(at), open_interest=open_interest, open_interest_usd=None)
            for at in moments
        )

    return reply


def load(settings: Settings, interval: Interval, start: datetime, end: datetime, *, reread: bool = False) -> RunReport:
    wanted = scope(settings, interval, sources=ONE_SOURCE, start=start, end=end)
    if not reread:
        return run_steps(settings, wanted)
    run = RunSpec(new_run_id("reread"), "backfill")
    return load_all(settings, run, replace(wanted, reread_for=run.run_id))


def asked_of(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(settings) as warehouse:
        return warehouse.query_rows(sql)[1]


def current(settings: Settings) -> set[float]:
    return {value for (value,) in asked_of(settings, "SELECT open_interest FROM market.open_interest")}


@pytest.mark.parametrize("off", [2 * A_DAY, timedelta(days=365 * 7973)], ids=["two days", "year 9999"])
def test_behaviour_53_a_date_that_runs_ahead_makes_no_open_bucket_final(
    start_vendor: StartVendor, settings_for: MakeSettings, off: timedelta
) -> None:
    vendor = start_vendor(buckets())
    settings = settings_for(vendor.base_url)
    vendor.date = NOW + off

    first = load(settings, Interval.M5, NOW - HOUR, NOW + M5)
    clock.move_to(NOW + HOUR)
    vendor.date = NOW + HOUR + off
    load(settings, Interval.M5, NOW - HOUR, NOW + M5)

    assert vendor.starts[1:], "what was open is read again"
    assert parse_instant(vendor.starts[1]) >= NOW - M5, "what was final is not"
    assert any("behind the vendor's" in note for note in first.notes)
    found = [alarm for alarm in alarms(settings) if alarm.name == "clocks"]
    assert len(found) == 1
    assert "NTP" in found[0].sentence
    assert any("behind the vendor's" in note for note in status(settings).notes)


@pytest.mark.parametrize("slow", [timedelta(seconds=2), timedelta(minutes=40)], ids=["seconds", "minutes"])
def test_a_slow_date_makes_no_open_bucket_final_by_the_workers_clock(
    start_vendor: StartVendor, settings_for: MakeSettings, slow: timedelta
) -> None:
    """A row newer than its Date shows that clock to be slow; a worker's clock two days ahead is no better for it."""
    date = {"Date": format_datetime(NOW - slow, usegmt=True)}
    vendor = start_vendor(lambda asked: replace(buckets()(asked), headers=date))
    settings = settings_for(vendor.base_url)
    clock.move_to(NOW + 2 * A_DAY)
    load(settings, Interval.M5, NOW - HOUR, NOW + M5)
    known = coverage(settings, Series("BTC", "binance_futures", Interval.M5))
    assert known[-1].stretch.end == NOW + M5
    assert {one.observed_at for one in known} == {NOW}, "as the newest row says"


def test_a_date_two_seconds_slow_costs_no_second_read(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    date = {"Date": format_datetime(NOW - timedelta(seconds=2), usegmt=True)}
    vendor = start_vendor(lambda asked: replace(buckets()(asked), headers=date))
    settings = settings_for(vendor.base_url)
    load(settings, Interval.M5, NOW - HOUR, NOW + M5)
    assert load(settings, Interval.M5, NOW - HOUR, NOW + M5).requests == 0


def test_a_stale_date_hides_no_rows(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    """The vendor's page has a Date of yesterday, and rows that are newer than that."""
    vendor = start_vendor(lambda asked: replace(buckets()(asked), headers={"Date": "Mon, 09 Mar 2026 06:00:00 GMT"}))
    settings = settings_for(vendor.base_url)
    report = load(settings, Interval.M5, NOW - HOUR, NOW)
    assert (report.loaded.new, report.loaded.quarantined) == (12, 0)
    assert any("ahead of the vendor's" in note for note in report.notes)


def test_behaviour_54_the_newest_value_is_current_whatever_the_clock(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    vendor = start_vendor(buckets(1.0, Interval.H1))
    settings = settings_for(vendor.base_url)
    clock.move_to(NOW + A_DAY)
    load(settings, Interval.H1, DAY, DAY + A_DAY)
    for value in (2.0, 3.0):
        clock.move_to(NOW + timedelta(minutes=value))
        vendor.date = NOW + timedelta(minutes=value)
        vendor.answer_by(buckets(value, Interval.H1))
        report = load(settings, Interval.H1, DAY, DAY + A_DAY, reread=True)
        assert report.loaded.changed == 24
        assert current(settings) == {value}

    history = asked_of(settings, HISTORY)
    assert max(known_at for *_, known_at in history) <= clock.now(), "never ahead of the vendor"
    replay(settings)
    assert asked_of(settings, HISTORY) == history


def test_a_value_dated_in_the_future_does_not_stay_current(
    start_vendor: StartVendor, settings_for: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a Date the worker's clock, a day ahead, dates the first value; what is learned later comes just after."""
    vendor = start_vendor(buckets(1.0, Interval.H1))
    settings = settings_for(vendor.base_url)
    vendor.date = None
    clock.move_to(NOW + A_DAY)
    load(settings, Interval.H1, DAY, DAY + A_DAY)
    vendor.now = NOW
    for value in (2.0, 3.0):
        vendor.answer_by(buckets(value, Interval.H1))
        load(settings, Interval.H1, DAY, DAY + A_DAY, reread=True)
        assert current(settings) == {value}
    load(settings, Interval.H1, DAY - A_DAY, DAY)

    history = asked_of(settings, HISTORY)
    known = sorted({known_at for timestamp, _, known_at in history if timestamp >= DAY})
    assert [later - known[0] for later in known[1:]] == [timedelta(milliseconds=1), timedelta(milliseconds=2)]
    before = {known_at for timestamp, _, known_at in history if timestamp < DAY}
    assert before
    assert all(NOW <= known_at < NOW + timedelta(minutes=1) for known_at in before)
    replay(settings)
    assert asked_of(settings, HISTORY) == history


@pytest.mark.parametrize("off", [5 * A_DAY, -5 * A_DAY], ids=["ahead", "behind"])
def test_one_real_billing_cycle_has_one_budget_whatever_the_workers_clock(
    start_vendor: StartVendor, settings_for: MakeSettings, off: timedelta
) -> None:
    """The worker's month is another than the vendor's; the vendor bills the one of its own clock."""
    true_now = datetime.fromisoformat("2026-03-29T06:00:00Z") + (timedelta() if off > timedelta() else 5 * A_DAY)
    vendor = start_vendor(buckets(1.0, Interval.H1))
    yaml = "budget: {lane_shares: {}, reserve_share: 0}\nplan: {window_pages: 1}\napi: {row_cap: 500}"
    settings = settings_for(vendor.base_url, yaml, OI_MONTHLY_CREDITS="7000")
    vendor.date = true_now
    spent = []
    for moment in (true_now + off, true_now):
        clock.move_to(moment)
        report = load(settings, Interval.H1, DAY - 200 * A_DAY, DAY, reread=True)
        spent.append(report.credits)
    assert spent[0] > 0
    assert budget(settings).spent == sum(spent) <= 7000, "all of it counts in the cycle of now"


@pytest.mark.parametrize("off", [A_DAY, -A_DAY], ids=str)
def test_a_lease_ends_by_the_vendors_clock(
    start_vendor: StartVendor, settings_for: MakeSettings, off: timedelta
) -> None:
    """All workers see the same one; by a clock that is ahead, a host that dies would keep its windows until then."""
    ends: list[datetime | None] = []

    def reply(_: Asked) -> Reply:
        with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
            ends.extend(window.lease_until for window in windows.open_windows(connection))
        return page([])

    clock.move_to(NOW + off)
    vendor = start_vendor(reply)
    settings = settings_for(vendor.base_url)
    run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
    assert ends
    assert all(end is not None and NOW < end <= NOW + windows.LEASE + M5 for end in ends)


@pytest.mark.parametrize("set_by", [timedelta(minutes=40), timedelta(0)], ids=str)
def test_a_clock_that_was_set_since_it_was_compared_is_compared_again(
    start_vendor: StartVendor, settings_for: MakeSettings, monkeypatch: pytest.MonkeyPatch, set_by: timedelta
) -> None:
    """Before anything is bought: what this machine saw within the hour is of another clock."""
    vendor = start_vendor(page([]))
    settings = settings_for(vendor.base_url)
    with open_ledger(settings.ledger_url) as ledger:
        with client_of(settings) as client:
            read_account(settings, ledger, client)
        clock.move_to(NOW + set_by)
        monkeypatch.setattr("include.domain.clock.uptime", lambda: clock.uptime() - set_by)
        with client_of(settings) as client:
            know_clock(settings, ledger, client)
            assert client.clock.at(clock.now()).differ is bool(set_by)
    assert vendor.paths.count("/v1/limits") == 1 + bool(set_by)
