from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from include.ledger.database.engine import open_ledger
from include.ledger.database.models.spending import ChargeRow
from include.ledger.work.symbols import listed_symbols
from include.pipeline.monitoring.alarms import alarms
from include.pipeline.monitoring.symbols import symbols as symbols_of
from include.pipeline.pricing.preview import preview
from include.pipeline.scope.scope import Scope, scope_of
from include.pipeline.steps.report.summary import RunReport
from include.settings import Settings
from include.simulator.server import RunningSimulator, SimulatorConfig, running
from tests import clock
from tests.pipeline.conftest import NOW, rows_of, run_steps

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def vendor() -> Iterator[RunningSimulator]:
    with running(SimulatorConfig(now=NOW, enforce_rates=False, markets=12)) as simulator:
        yield simulator


@pytest.fixture
def wanting(tmp_path: Path, settings_for: Callable[..., Settings], vendor: RunningSimulator) -> Callable[..., Settings]:
    """Settings that want these symbols at 1h."""

    def make(*symbols: str, base_url: str = vendor.base_url, **more: object) -> Settings:
        (tmp_path / "pipeline.yaml").write_text(
            json.dumps({"series": {"symbols": symbols, "intervals": ["1h"], **more}})
        )
        return settings_for(base_url)

    return make


def hour(settings: Settings, vendor: RunningSimulator, hours: int = 0) -> RunReport:
    """An hourly run, that many hours later."""
    now = NOW + hours * HOUR
    vendor.pin(now)
    return run_steps(settings, scope_at(settings, hours), lane="hourly")


def scope_at(settings: Settings, hours: int = 0) -> Scope:
    end = NOW + hours * HOUR
    return scope_of(settings, start=end - 3 * HOUR, end=end)


def test_a_named_pattern_without_a_match_leaves_a_run_incomplete(
    vendor: RunningSimulator, wanting: Callable[..., Settings]
) -> None:
    settings = wanting("BTC", "NOSUCH-*")
    named = scope_of(settings, start=NOW - HOUR, end=NOW, symbols=["BTC", "KXTYPO-*"])
    report = run_steps(settings, named)
    assert not report.complete
    [left] = report.left
    assert "'KXTYPO-*' matches nothing" in left
    assert hour(settings, vendor).complete


def test_a_pattern_loads_the_listed_markets(vendor: RunningSimulator, wanting: Callable[..., Settings]) -> None:
    """A plan names the patterns that match nothing."""
    settings = wanting("KXWEEK-*", "KXMONTH-*", "NOSUCH-*")
    report = hour(settings, vendor)
    listed = [one.slug for one in vendor.simulator.archive.catalogue.markets.listed(NOW)]
    expected = {slug for slug in listed if slug.startswith(("KXWEEK-", "KXMONTH-"))}
    assert {series.symbol for series in report.series} == expected
    assert {str(symbol) for (symbol,) in rows_of(settings, "DISTINCT symbol", "1")} <= expected
    assert any("'NOSUCH-*' matches nothing" in note for note in report.notes)


def test_plain_names_request_no_symbol_list(vendor: RunningSimulator, wanting: Callable[..., Settings]) -> None:
    settings = wanting("BTC")
    preview(settings, "hourly", scope_at(settings))
    with_names = vendor.account("kwery_test_business_pipeline").requests
    patterned = wanting("KX*")
    preview(patterned, "hourly", scope_at(patterned))
    assert with_names == 1  # the account itself
    assert vendor.account("kwery_test_business_pipeline").requests == 3


def test_every_free_request_books_a_send_slot(vendor: RunningSimulator, wanting: Callable[..., Settings]) -> None:
    settings = wanting("KX*")
    preview(settings, "hourly", scope_at(settings))
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        booked = connection.execute(select(ChargeRow.outcome).order_by(ChargeRow.requested_at)).scalars().all()
    assert booked == ["limits", "symbols"]
    assert vendor.account("kwery_test_business_pipeline").requests == len(booked)


def test_an_unreadable_list_is_replaced_by_the_last_one(
    vendor: RunningSimulator, wanting: Callable[..., Settings]
) -> None:
    """A note says how old that one is."""
    nobody = wanting("KX*", base_url="http://127.0.0.1:9")
    previewed = preview(nobody, "hourly", scope_at(nobody))
    assert not previewed.windows
    assert any("no list of the vendor's symbols is known" in note for note in previewed.notes)

    known = preview(wanting("KX*"), "hourly", scope_at(nobody)).windows
    clock.move_to(NOW + DAY)
    again = preview(wanting("KX*", base_url="http://127.0.0.1:9"), "hourly", scope_at(nobody), now=NOW)
    assert {window.stream.symbol for window in again.windows} == {window.stream.symbol for window in known} != set()
    assert any("hours old" in note for note in again.notes)


def test_a_settled_market_is_requested_to_its_end_only(
    vendor: RunningSimulator, wanting: Callable[..., Settings]
) -> None:
    markets = vendor.simulator.archive.catalogue.markets
    soon = min((one for one in markets.listed(NOW) if one.until > NOW), key=lambda one: one.until)
    settings = wanting(f"{soon.slug.rsplit('-', 1)[0]}-*")
    hour(settings, vendor)
    last = (soon.until - NOW) // HOUR + 6  # the list names it until then
    for hours in (last - 6, last, last + 1):
        assert hour(settings, vendor, hours).complete
    states = {one.symbol: one.state for one in symbols_of(settings).symbols}
    assert states.pop(soon.slug) == "gone"
    assert "active" in states.values()

    newest = rows_of(settings, "timestamp", f"symbol = '{soon.slug}'")[-1][0]
    assert isinstance(newest, datetime)
    assert newest.replace(tzinfo=UTC) + HOUR == soon.until
    later = preview(settings, "hourly", scope_at(settings, last + 2))
    assert soon.slug not in {window.stream.symbol for window in later.windows}
    assert not [alarm for alarm in alarms(settings) if soon.slug in alarm.subject]


@pytest.mark.parametrize(("others", "state"), [(["KXWEEK-*", "KXMONTH-*"], "inactive"), ([], "active")])
def test_an_inactive_market_is_skipped(
    vendor: RunningSimulator, wanting: Callable[..., Settings], others: list[str], state: str
) -> None:
    """Unless every other one is silent too: then the vendor has stopped."""
    listed = vendor.simulator.archive.catalogue.markets.listed(NOW - 3 * DAY)
    settled = min((one for one in listed if one.slug.startswith(("KXHOUR-", "KXDAY-"))), key=lambda one: one.until)
    vendor.pin(settled.until)
    settings = wanting(settled.slug[:-1] + "?", *others, inactive_days=0.5, listing_hours=168)
    symbols_of(settings, read_list=True)  # it is listed, and no later list is read
    hours = (settled.until - NOW) // HOUR + 14
    vendor.pin(NOW + hours * HOUR)
    run_steps(settings, scope_of(settings, start=settled.until - HOUR, end=NOW + hours * HOUR), lane="hourly")
    hour(settings, vendor, hours + 1)
    assert {one.symbol: one.state for one in symbols_of(settings).symbols}[settled.slug] == state
    asked = {window.stream.symbol for window in preview(settings, "hourly", scope_at(settings, hours + 4)).windows}
    assert (settled.slug in asked) == (state == "active")
    raised = [alarm for alarm in alarms(settings) if settled.slug in alarm.subject]
    assert bool(raised) == (state == "active")


def test_a_new_market_is_requested_from_its_listing_on(
    vendor: RunningSimulator, wanting: Callable[..., Settings]
) -> None:
    """Its first row is not taken for a clipped start."""
    settings = wanting("KXHOUR-*", "KXDAY-*")
    hour(settings, vendor)
    markets = vendor.simulator.archive.catalogue.markets
    known = {one.slug for one in markets.listed(NOW)}
    hours, born = next(
        (hours, one)
        for hours in range(1, 48)
        for one in markets.listed(NOW + hours * HOUR)
        if one.slug not in known and one.slug.startswith(("KXHOUR-", "KXDAY-"))
    )
    hour(settings, vendor, hours - 1)
    report = hour(settings, vendor, hours + 1)
    assert report.complete, report.left
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert listed_symbols(connection)[born.slug].listed_after == NOW + (hours - 1) * HOUR
    assert not [alarm for alarm in alarms(settings) if alarm.name == "doubts" and born.slug in alarm.subject]


def test_a_repeatedly_refused_name_is_skipped_for_a_day(
    vendor: RunningSimulator, wanting: Callable[..., Settings]
) -> None:
    """Notes name it."""
    settings = wanting("BTC", "NOSUCH")
    for hours in range(3):
        assert any("NOSUCH" in line for line in hour(settings, vendor, hours).left)
    report = hour(settings, vendor, 3)
    assert report.complete, report.left
    assert any("not requested: NOSUCH" in note for note in report.notes)
    assert symbols_of(settings).counts == {"active": 1, "refused": 1}
    named = scope_of(settings, start=NOW - HOUR, end=NOW, symbols=["NOSUCH"])
    assert preview(settings, "backfill", named).windows
