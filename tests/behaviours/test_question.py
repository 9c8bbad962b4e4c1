"""Behaviours 3, 4, 5, 11 and 12: what is requested, and what never is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from include.configuration.errors import SettingsError
from include.domain.market import Interval
from include.kwery.client import KweryClient
from include.kwery.errors import RequestInvalid
from tests.behaviours.conftest import MakeSettings, StartVendor
from tests.behaviours.vendor import hours, page
from tests.kwery.conftest import Start
from tests.kwery.pages import END, KEY, page_reply, request
from tests.pipeline.conftest import run_steps, scope

OFFSET_CURSOR = "eyJvZmZzZXQiOiAxfQ=="


def test_behaviour_03_every_form_of_the_base_url_asks_the_same_address(start: Start) -> None:
    for path in ("", "/", "/v1", "/v1/"):
        client, server = start(page_reply(), path=path)
        client.page(request())
        assert server.asked[0].path == "/v1/open-interest"


def test_behaviour_04_invalid_requests_are_refused_before_they_are_sent(
    start: Start, settings_for: MakeSettings
) -> None:
    """A bad key, an empty range and an unknown interval."""
    for key in ("", "ninechars", "k" * 257):
        with pytest.raises(ValueError, match="KWERY_API_KEY"):
            KweryClient("http://127.0.0.1:9", key)
    with pytest.raises(SettingsError, match="KWERY_API_KEY"):
        settings_for("http://127.0.0.1:9", KWERY_API_KEY="ninechars")
    with pytest.raises(ValueError, match="interval '1w' is not one of"):
        Interval.parse("1w")
    client, server = start(page_reply())
    for beginning in (END, END + Interval.H1.step):
        with pytest.raises(RequestInvalid, match="is not before end"):
            client.page(replace(request(), start=beginning))
    assert server.asked == []


def test_behaviour_05_symbol_interval_start_end_and_limit_are_always_sent(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    vendor = start_vendor(page([]))
    settings = settings_for(vendor.base_url)
    run_steps(settings, scope(settings, *Interval))
    assert len(vendor.questions) == len(Interval)
    for asked in vendor.questions:
        assert {"symbol", "interval", "start", "end", "limit"} <= asked.query.keys()
        assert all(asked.query.values())


def test_behaviour_11_cursors_arrive_as_they_were_given(start: Start) -> None:
    """They are percent-encoded on the way."""
    client, server = start(page_reply())
    for cursor in (OFFSET_CURSOR, "a+b/c==", "50%&limit=1"):
        client.page(request(after=cursor))
        asked = server.asked[-1]
        assert asked.query["after"] == cursor
        assert not set("+=/") & set(asked.target.split("after=")[1])
    assert "after=eyJvZmZzZXQiOiAxfQ%3D%3D" in server.asked[0].target


def test_behaviour_12_start_and_end_stay_unchanged_across_pages(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """No end is left open."""
    pages = [page(hours(first, first + 8), next_cursor=f"c{first}") for first in (0, 8)]
    vendor = start_vendor(*pages, page(hours(16, 24)))
    settings = settings_for(vendor.base_url)
    assert run_steps(settings, scope(settings, Interval.H1, sources=("binance_futures",))).complete
    assert vendor.cursors == [None, "c0", "c8"]
    spans = {(asked.query["start"], asked.query["end"]) for asked in vendor.questions}
    assert spans == {("2026-03-07T00:00:00Z", "2026-03-08T00:00:00Z")}
    assert all(KEY not in asked.target for asked in vendor.questions)
