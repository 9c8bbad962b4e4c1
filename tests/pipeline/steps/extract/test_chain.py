"""Where a chain of pages ends that leads on without end: each page costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from include.domain.market import Interval, Stream
from include.kwery.answers.answer import Answer
from include.kwery.answers.decode import page_of
from include.kwery.answers.doubts import Doubt
from include.kwery.models import Page, Request
from include.pipeline.steps.extract.chain import Chain
from tests.behaviours.vendor import hours, row
from tests.pipeline.conftest import DAY, NOW
from tests.pipeline.steps.settle.test_claims import EMPTY_WINDOW, SETTINGS

Rows = list[dict[str, Any]]
PAGES = 40


def page(rows: Rows, number: int, source: str | None) -> Page:
    request = Request(Stream("BTC", Interval.H1, source), DAY, DAY + timedelta(days=1), 1000)
    body = {"data": rows, "meta": {"next_cursor": f"c{number}"}}
    return page_of(request, Answer(200, {}, json.dumps(body).encode(), NOW))


def pages_read(rows_of: Callable[[int], Rows], source: str | None = "binance_futures", cursors: int = PAGES) -> int:
    """How many pages of an endless chain are read, which has that many cursors."""
    chain = Chain(SETTINGS)
    chain.begin_at(EMPTY_WINDOW)
    for number in range(PAGES):
        one = page(rows_of(number), number % cursors, source)
        nowhere = chain.leads_nowhere(one, expected_rows=24)
        chain.judge(one)
        if nowhere is not None:
            assert nowhere.doubt is Doubt.ROWS_HELD_BACK
            return number + 1
        chain.follow(EMPTY_WINDOW, one)
    return PAGES


@pytest.mark.parametrize(
    "rows_of",
    [
        lambda number: [row(24 * (5 + number) + hour) for hour in range(24)],
        lambda number: [row(-24 * number - hour) for hour in range(1, 25)],
        lambda number: hours(0, 24),
        lambda number: hours(0, 24 - number),
        lambda number: hours(0, 24, open_interest=1.0 + number),
        lambda number: hours(0, 24, source=f"new_{number}"),
        lambda number: hours(0, 24, timestamp=f"hour {number}"),
        lambda number: [row(23.5 - number / 1000)],
        lambda number: [row(hour, open_interest=1.0 + number) for hour in range(24) for _ in range(5)],
    ],
)
def test_pages_without_a_new_bucket_end_the_chain(rows_of: Callable[[int], Rows]) -> None:
    """Outside the range, restated, of strangers, without a place, off the grid, or the same once more."""
    assert pages_read(rows_of) <= 4


def test_a_chain_that_brings_new_buckets_is_read_on() -> None:
    assert pages_read(lambda number: [row(number % 24)]) == 24 + 3
    drifting = [hours(0, 8), hours(0, 8), hours(4, 8), hours(4, 16), hours(8, 16), hours(12, 24)]
    assert pages_read(lambda number: drifting[min(number, 5)]) == 6 + 3


def test_a_cursor_that_leads_back_ends_a_chain_without_new_buckets() -> None:
    """Requested again at once, the rest would cost the same at each run."""
    outside = [[row(100 + number)] * size for number, size in enumerate((1, 200, 1))]
    assert pages_read(lambda number: outside[number % 3], cursors=1) == 2


def test_each_contract_of_kalshi_is_new() -> None:
    contracts = [hours(0, 24, source="kalshi", ticker=f"KXBTC-{number}") for number in range(PAGES)]
    assert pages_read(lambda number: contracts[number], None) == PAGES
    assert pages_read(lambda number: contracts[0], "kalshi") == 4
    assert pages_read(lambda number: hours(0, 24, source="kalshi", open_interest=1.0 + number), None) == 4
