"""Behaviours 39 to 42: the account pages in every shape seen, none of which a run depends on."""

from __future__ import annotations

import pytest

from include.domain.market import Interval
from include.domain.next_step import NextStep
from include.kwery.errors import PlanRefused
from include.kwery.models import IngestionStatus, Limits, SourceInfo
from tests.behaviours.conftest import MakeSettings, StartVendor, claims
from tests.behaviours.vendor import hours, page, refusal
from tests.kwery.conftest import Start
from tests.kwery.scripted_server import Reply
from tests.pipeline.conftest import run_steps, scope

ONE_SOURCE = ("binance_futures",)


def test_behaviour_39_sources_are_read_in_both_shapes(start: Start) -> None:
    """`binance` is `binance_spot`."""
    live = {"source": "binance", "label": "Binance", "endpoints": ["open-interest"], "tier_requirements": {}}
    documented = {
        "source": "binance_spot",
        "display_name": "Binance",
        "endpoints": [{"path": "/v1/open-interest", "method": "GET"}],
    }
    expected = [SourceInfo(source="binance_spot", label="Binance", endpoints=("open-interest",))]
    for body in ({"sources": [live]}, {"data": [documented]}):
        assert start(Reply(body=body))[0].sources() == expected


def test_behaviour_40_status_is_read_in_both_shapes(
    start: Start, start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """A plan without it is no error of a run."""
    live = {"status": "ok", "ingestion": [{"source": "kalshi", "last_run": None, "status": "down"}]}
    documented = {"data": [{"source": "kalshi", "symbol": "BTC", "last_ingested": None, "status": "down"}]}
    assert start(Reply(body=live))[0].status() == [IngestionStatus("kalshi", "down")]
    assert start(Reply(body=documented))[0].status() == [IngestionStatus("kalshi", "down", symbol="BTC")]
    with pytest.raises(PlanRefused) as caught:
        start(refusal(403, "plan_required"))[0].status()
    assert caught.value.next_step is NextStep.STOP_SERIES

    vendor = start_vendor(page(hours(0, 24)))
    settings = settings_for(vendor.base_url)
    assert run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE)).complete
    assert set(vendor.paths) == {"/v1/limits", "/v1/open-interest"}, "no run depends on the paid status page"


def test_behaviour_41_limits_are_read_in_every_shape(
    start: Start,
) -> None:
    """Without current use, by the hour, and under legacy plan names."""
    rates = {"requests_per_minute": 50, "requests_per_hour": 3000}
    for name, plan in (("developer", "pro"), ("professional", "business"), ("basic", "free"), ("pro", "pro")):
        limits = start(Reply(body={"plan": name, "rate_limits": rates}))[0].limits()
        assert limits == Limits(plan=plan, requests_per_minute=50, requests_per_hour=3000)
    spoken = {"requests_per_second": 20, "current_requests_per_second": 3}
    assert start(Reply(body={"rate_limits": spoken}))[0].limits().requests_per_second == 20


def test_behaviour_42_earliest_data_is_a_hint_only(
    start: Start, start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """An empty answer after it is no error."""
    listed = start(Reply(body={"symbols": [{"symbol": "BTC", "earliest_data": "2024-01-15"}]}))[0].symbols()
    assert listed[0].earliest_data is not None
    settings = settings_for(start_vendor(page([])).base_url)
    report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
    assert (report.failed, report.left) == (False, [])
    assert claims(settings) == [(0, 24, "empty", 1)], "read once, proven only by a second read"
