"""Behaviours 24 to 27: what an answer cost, what remains, and a budget that stops in time."""

from __future__ import annotations

from include.domain.market import Interval
from include.kwery.models import ChargeSource
from include.ledger.credits.account import account_of
from include.ledger.credits.rate_limit import rates_of
from include.ledger.database.engine import open_ledger
from include.pipeline.monitoring.alarms import alarms
from include.pipeline.monitoring.status import status
from include.pipeline.pricing.preview import preview
from include.pipeline.scope.scope import RunSpec, new_run_id
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.plan.plan import plan
from tests.behaviours.conftest import MakeSettings, StartVendor, landed_warnings
from tests.behaviours.vendor import hours, page
from tests.kwery.conftest import Start
from tests.kwery.pages import page_reply, request
from tests.pipeline.conftest import rows_of, run_steps, scope

ONE_SOURCE = ("binance_futures",)


def test_behaviour_24_the_charge_comes_from_headers_else_the_price_table(start: Start) -> None:
    """X-Credits-Used, else X-Credits-Charged, in upper or lower case."""
    for headers, charge, source in [
        ({"X-Credits-Used": "61", "X-Credits-Charged": "12"}, 61, ChargeSource.USED),
        ({"x-credits-USED": "61"}, 61, ChargeSource.USED),
        ({"X-Credits-Used": "many", "X-CREDITS-CHARGED": "12"}, 12, ChargeSource.CHARGED),
        ({}, 59, ChargeSource.PRICE_TABLE),
        ({"X-Credits-Used": "1,122"}, 1122, ChargeSource.USED),
        ({"X-Credits-Used": "59,59"}, 59, ChargeSource.USED),
        ({"X-Credits-Used": "122,122"}, 122, ChargeSource.USED),
        ({"X-Credits-Used": "59, 9000"}, 9000, ChargeSource.USED),
        ({"X-Credits-Used": "0", "X-Credits-Charged": "500"}, 500, ChargeSource.CHARGED),
    ]:
        answer = start(page_reply(3, headers))[0].page(request())
        assert (answer.charge_credits, answer.charge_source) == (charge, source)


def test_behaviour_25_an_unknown_balance_stays_unknown(
    start: Start, start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """`/v1/limits`, which is free, then says it."""
    for headers in ({}, {"X-Credits-Remaining": "many"}):
        assert start(page_reply(headers=headers))[0].page(request()).credits_remaining is None
    vendor = start_vendor(page(hours(0, 24)))
    vendor.limits = vendor.limits | {"credits": {"used": 5679, "limit": 10_000}}
    settings = settings_for(vendor.base_url)
    wanted = scope(settings, Interval.H1, sources=ONE_SOURCE)
    assert preview(settings, "hourly", wanted).allowance.remaining == 4321
    assert (vendor.paths, status(settings).credits.spent) == (["/v1/limits"], 0)
    report = run_steps(settings, wanted)
    assert status(settings).credits.remaining == 4321 - report.credits


def test_behaviour_26_a_budget_stops_the_next_page_before_it_is_sent(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """The chain is resumed later."""
    vendor = start_vendor(
        page(hours(0, 8), next_cursor="c8"), page(hours(8, 16), next_cursor="c16"), page(hours(16, 24))
    )
    settings = settings_for(vendor.base_url, "api: {row_cap: 8}")
    wanted = scope(settings, Interval.H1, sources=ONE_SOURCE)
    each = 50 + 3 * 8
    stopped = run_steps(settings, wanted, max_credits=3 * each - 1)
    assert vendor.cursors == [None, "c8"]
    assert (stopped.credits, stopped.failed) == (2 * each, False)
    assert any("--max-credits" in sentence for sentence in stopped.left)
    assert len(rows_of(settings)) == 16
    resumed = run_steps(settings, wanted)
    assert resumed.complete, resumed.left
    assert vendor.cursors == [None, "c8", "c16"]
    assert len(rows_of(settings)) == 24


def test_behaviour_27_a_charge_beside_the_formula_is_used_and_reported(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """The run continues."""
    dearer = page(hours(0, 12), {"X-Credits-Used": "500"}, next_cursor="c")
    settings = settings_for(start_vendor(dearer, page(hours(12, 24))).base_url)
    report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
    assert report.complete, report.left
    assert report.credits == 500 + 50 + 3 * 12
    assert landed_warnings(settings) == ["charged 500 credits, where the price table says 86"]
    assert [alarm.name for alarm in alarms(settings) if "500" in alarm.sentence] == ["price"]


def test_behaviour_56_negative_balances_and_fractional_rates(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    kinds = (
        {"remaining": -500},
        {"remaining": "-500"},
        {"used": 1500, "limit": 1000},
        {"used": "1,500", "limit": "1,000"},
    )
    for place, given in enumerate(kinds):
        vendor = start_vendor(page(hours(0, 24)))
        vendor.limits = vendor.limits | {"credits": given, "rate_limits": {"requests_per_second": "0.5"}}
        settings = settings_for(vendor.base_url, home=f"oi-{place}")
        run = RunSpec(new_run_id("test"), "backfill")
        planned = plan(settings, run, scope(settings, Interval.H1, sources=ONE_SOURCE))
        extracted = extract(settings, run, planned.window_ids)
        assert (vendor.questions, extracted.requests) == ([], 0)
        assert extracted.stopped is not None
        assert "the account has 0 credits left" in extracted.stopped.message
        with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
            (rate,) = rates_of(account_of(connection))
        assert (rate.requests, rate.window.total_seconds()) == (1, 2)


def test_of_several_balances_the_lowest_counts(start: Start) -> None:
    for given, remaining in (("5000, 4000", 4000), ("5,000", 5000), ("many, 4000", 4000), ("4000, -1", 0)):
        headers = {"X-Credits-Remaining": given}
        assert start(page_reply(headers=headers))[0].page(request()).credits_remaining == remaining


def test_a_negative_balance_beside_a_page_stops_the_next(start: Start) -> None:
    for given in ("-500", "-0.5", "0.4"):
        headers = {"X-Credits-Remaining": given}
        assert start(page_reply(headers=headers))[0].page(request()).credits_remaining == 0
