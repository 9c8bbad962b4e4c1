"""The benchmark's server answers what the benchmark's dataset says, to the row and to the credit."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from bench.dataset import START, SYMBOLS, Dataset
from bench.server import Pages
from include.domain.clock import iso
from include.domain.market import SOURCES, Interval
from include.kwery.models import MAX_LIMIT

DATASET = Dataset.of_at_least(20_000)
DECODER = msgspec.json.Decoder()


def _walk(pages: Pages, symbol: str, interval: Interval, source: str | None = None) -> list[dict[str, object]]:
    query = {
        "symbol": symbol,
        "interval": interval.value,
        "start": iso(START),
        "end": iso(DATASET.end),
        "limit": str(MAX_LIMIT),
    }
    if source:
        query["source"] = source
    rows: list[dict[str, object]] = []
    while True:
        body, headers = pages.page(query)
        answer = DECODER.decode(body)
        assert f"X-Credits-Used: {50 + 3 * len(answer['data'])}" in headers
        rows += answer["data"]
        if answer["meta"]["next_cursor"] is None:
            return rows
        query["after"] = answer["meta"]["next_cursor"]


@pytest.mark.parametrize("rows", [1, 999, 20_000, 100_000])
def test_a_dataset_is_the_shortest_that_holds_the_rows(rows: int) -> None:
    dataset = Dataset.of_at_least(rows)

    assert dataset.rows >= rows
    assert Dataset(dataset.end - timedelta(minutes=5)).rows < rows


def test_all_streams_together_are_the_dataset() -> None:
    pages = Pages(DATASET)

    rows = [row for symbol in SYMBOLS for interval in Interval for row in _walk(pages, symbol, interval)]

    assert len(rows) == DATASET.rows
    assert len({(row["source"], row["interval"], row["symbol"], row["timestamp"]) for row in rows}) == DATASET.rows
    assert sum(round(float(str(row["open_interest"])) * 100) for row in rows) == DATASET.hundredths()


def test_one_source_alone_is_its_part_of_the_stream() -> None:
    pages = Pages(DATASET)

    rows = _walk(pages, "BTC", Interval.M5, SOURCES[1])

    assert rows == [row for row in _walk(pages, "BTC", Interval.M5) if row["source"] == SOURCES[1]]
    assert len(rows) == Interval.M5.points(START, DATASET.end)
