"""Behaviour 57: a list of symbols that comes in pages, or is not whole."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import Any

import pytest

from include.ledger.database.engine import open_ledger
from include.ledger.work.symbols import listed_symbols
from include.pipeline.monitoring.symbols import Symbols, symbols
from include.settings import Settings
from include.simulator.server import SimulatorConfig, running
from tests.behaviours.conftest import MakeSettings
from tests.behaviours.vendor import LIMITS
from tests.kwery.conftest import Start
from tests.kwery.scripted_server import Asked, Reply, serving
from tests.pipeline.conftest import KEY, NOW

PATTERN = 'series: {symbols: ["*"], intervals: [1h]}'
WHOLE = [Reply(body={"symbols": ["A", "B", "C"]})]
ONE = {"symbols": ["A"]}
SHORTFALLS: dict[str, list[Reply]] = {
    "has_more": [Reply(body=ONE | {"meta": {"has_more": True}})],
    "total says": [Reply(body=ONE | {"total": 7321})],
    "there are 2": [Reply(body=ONE | {"pagination": {"total": "2"}})],
    "x-rows-capped": [Reply(body=ONE, headers={"X-Rows-Capped": "true"})],
    "next_url": [Reply(body=ONE | {"next_url": "/v1/symbols?page=2"})],
    "partial": [Reply(body=ONE | {"meta": {"partial": True}})],
    "cannot be read": [Reply(body={"symbols": ["A", 7, {"name": "Bitcoin"}]})],
    "page 2 could not be read": [Reply(body=ONE | {"next_cursor": "2"}), Reply(400, {"error": "invalid_cursor"})],
    "no other symbol": [Reply(body=ONE | {"next_cursor": "2"}), Reply(body=ONE | {"next_cursor": "3"})],
    "there are 3 pages": [
        Reply(body=ONE | {"next_cursor": "2", "page": 1, "last_page": 3}),
        Reply(body={"symbols": ["B"]}),
    ],
    "there are 6 symbols": [Reply(body=ONE | {"next_cursor": "2", "remaining": 5}), Reply(body={"symbols": ["B"]})],
    "nowhere new": [
        Reply(body=ONE | {"next_cursor": "2"}),
        Reply(body={"symbols": ["B"], "next_cursor": "2"}),
    ],
}
SHORTFALLS["it says that there are 7,321"] = SHORTFALLS.pop("total says")


class Lists:
    """A vendor whose list is what `pages` say, in order and the last one again."""

    def __init__(self, pages: list[Reply]) -> None:
        self.show(pages)

    def show(self, pages: list[Reply]) -> None:
        self._pages, self._given = pages, 0

    def reply(self, asked: Asked) -> Reply:
        if asked.path != "/v1/symbols":
            return Reply(body=LIMITS)
        self._given += 1
        return self._pages[min(self._given, len(self._pages)) - 1]


def read_list(settings: Settings) -> Symbols:
    return symbols(settings, read_list=True)


def missed(settings: Settings) -> dict[str, int]:
    """How often each known symbol was missing."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return {symbol: one.missed for symbol, one in listed_symbols(connection).items()}


def test_behaviour_57_a_list_in_pages_is_followed_to_its_end(settings_for: MakeSettings) -> None:
    config = SimulatorConfig(now=NOW, enforce_rates=False, markets=12)
    with running(config) as whole, running(replace(config, symbols_per_page=3)) as paged:
        first = read_list(settings_for(whole.base_url, PATTERN, KWERY_API_KEY=KEY))
        second = read_list(settings_for(paged.base_url, PATTERN, home="paged", KWERY_API_KEY=KEY))
    assert second.notes == first.notes == []
    assert second.listed == first.listed > 12


@pytest.mark.parametrize("why", SHORTFALLS)
def test_a_list_that_is_not_whole_leaves_no_symbol_missing(settings_for: MakeSettings, why: str) -> None:
    """However often it comes; a later whole list may."""
    vendor = Lists(WHOLE)
    with serving(vendor.reply) as server:
        settings = settings_for(server.url, PATTERN + "\napi: {attempts: 1}")
        assert read_list(settings).notes == []
        for _ in range(3):
            vendor.show(SHORTFALLS[why])
            [note] = read_list(settings).notes
            assert why in note
            assert missed(settings) == {"A": 0, "B": 0, "C": 0}
        vendor.show([Reply(body=ONE)])
        read_list(settings)
        assert missed(settings) == {"A": 0, "B": 1, "C": 1}


def test_what_a_short_list_left_out_has_no_birth_in_it(settings_for: MakeSettings) -> None:
    """A symbol is new where the last whole list lacked it, not where a page did."""
    vendor = Lists([Reply(body=ONE | {"total": 3})])
    with serving(vendor.reply) as server:
        settings = settings_for(server.url, PATTERN)
        read_list(settings)
        vendor.show(WHOLE)
        read_list(settings)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert {one.listed_after for one in listed_symbols(connection).values()} == {None}


@pytest.mark.parametrize(("ask", "name"), [("sources", "sources"), ("status", "ingestion")])
def test_the_other_lists_say_whether_they_are_whole(start: Start, ask: str, name: str) -> None:
    items: list[dict[str, Any]] = [{"source": "kalshi"}]
    paged = getattr(start(Reply(body={name: items, "meta": {"next_cursor": "2"}}))[0], ask)()
    assert (paged.next_cursor, paged.shortfall) == ("2", None)
    short = getattr(start(Reply(body={name: items, "has_more": True}))[0], ask)()
    assert short.shortfall is not None
    stray = gzip.compress(json.dumps({name: items}).encode()) + b"stray"
    unread = getattr(start(Reply(body=stray, headers={"Content-Encoding": "gzip"}))[0], ask)()
    assert unread.shortfall == "5 bytes after the end of its compressed data cannot be read"


@pytest.mark.parametrize(
    ("beside", "headers"),
    [
        ({"has_more": 1}, {}),
        ({"hasMore": True}, {}),
        ({"meta": {"page": 1, "total_pages": 8}}, {}),
        ({"truncated": 1}, {}),
        ({"status": "partial"}, {}),
        ({"warning": "some symbols are missing"}, {}),
        ({}, {"Link": '</v1/symbols?page=2>; rel="next"'}),
        ({}, {"X-Total-Count": "7321"}),
        ({}, {"X-Rows-Returned": "500"}),
        ({}, {"Content-Range": "symbols 0-0/500"}),
        ({}, {"Content-Range": "symbols 0-0/*"}),
        ({"total_symbols": 500}, {}),
        ({"meta": {"symbol_count": 500}}, {}),
        ({"meta": {"remaining": 499}}, {}),
        ({"meta": {"symbols_remaining": 499}}, {}),
        ({"data": ["B"]}, {}),
        ({"cursor": "b"}, {}),
        ({"end_of_list": False}, {}),
        ({"message": "Rate limit reached"}, {}),
    ],
)
def test_a_list_that_says_there_is_more_is_not_whole(
    start: Start, beside: dict[str, Any], headers: dict[str, str]
) -> None:
    client, _ = start(Reply(body=ONE | beside, headers=headers))
    found = client.symbols()
    assert found.shortfall is not None or (found.total or 0) > len(found)


@pytest.mark.parametrize(
    ("beside", "headers"),
    [
        ({"total_symbols": 1, "data": []}, {"X-Rows-Returned": "1", "Content-Range": "symbols 0-0/1"}),
        (
            {"meta": {"page": 1, "pages": 1, "remaining": 0, "credits_remaining": 950_000}},
            {"X-RateLimit-Remaining": "9"},
        ),
        ({"updated_at": "2026-03-10T06:00:00Z", "version": 3, "sources": ["kalshi"]}, {"X-Cache": "MISS"}),
    ],
)
def test_a_list_that_is_whole_says_so_in_many_ways(
    start: Start, beside: dict[str, Any], headers: dict[str, str]
) -> None:
    client, _ = start(Reply(body=ONE | beside, headers=headers))
    found = client.symbols()
    assert (found.shortfall, found.total or 1) == (None, 1)


def test_a_list_with_another_status_than_200_is_not_whole(start: Start) -> None:
    client, _ = start(Reply(206, ONE))
    assert client.symbols().shortfall == "its status is 206, not 200"
