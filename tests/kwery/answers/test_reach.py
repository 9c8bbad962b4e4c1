"""Depths and lags, however they are written: each must leave room for the requested range."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.domain.market import Interval, Stream
from include.kwery.answers.agreement import contradictions
from include.kwery.answers.answer import Answer
from include.kwery.answers.decode import page_of
from include.kwery.answers.statements import statements_of
from include.kwery.models import Request

START = datetime(2026, 3, 7, tzinfo=UTC)
ASKED = Request(Stream("BTC", Interval.H1, "binance_futures"), START, START + timedelta(days=1), 1000)


def contradicts(fields: dict[str, Any]) -> bool:
    body = json.dumps({"data": [], "meta": fields}).encode()
    page = page_of(ASKED, Answer(200, {}, body, START + timedelta(days=3)))
    return any(contradictions(page, statements_of(page.body, page.headers), {}))


@pytest.mark.parametrize(
    "fields",
    [
        {"lag": {"hours": 70}},
        {"history": {"days": 1}},
        {"plan": {"max_history_days": 1}},
        {"plan": {"history": "1 day"}},
        {"limits": {"history_days": 1}},
        {"coins": ["ETH"]},
        {"pairs": ["ETHUSDT", "SOLUSDT"]},
    ],
)
def test_what_leaves_no_room_for_the_range_contradicts_it(fields: dict[str, Any]) -> None:
    assert contradicts(fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"lag": {"seconds": 70}},
        {"history": {"days": 30}},
        {"plan": {"max_history_days": 30, "name": "pro"}},
        {"plans": [{"name": "free", "max_history_days": 1}]},
        {"stats": {"hours": 1}},
        {"coins": ["BTC", "ETH"], "pairs": ["BTCUSDT"], "assets": []},
    ],
)
def test_what_leaves_room_for_the_range_does_not(fields: dict[str, Any]) -> None:
    assert not contradicts(fields)
