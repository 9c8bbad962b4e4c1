"""Recorded series, where they lie beside the checkout."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from include.domain.clock import parse_instant
from include.domain.market import Interval, Stream
from include.quality import PageInput
from include.settings.quality import Quality
from tests.quality.pages import assert_reconciled, judged, result

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no recorded series beside the checkout")


def landed(name: str) -> Iterator[PageInput]:
    """The file as pages of 1,000 rows, one window a page."""
    with gzip.open(DATA / name, "rt") as file:
        rows = [{**entry, **_numbers(entry)} for entry in csv.DictReader(file)]
    key = lambda entry: (entry["symbol"], entry["source"], entry["interval"])  # noqa: E731 - short, and used twice
    for (symbol, source, interval), group in itertools.groupby(sorted(rows, key=key), key):
        of_series = list(group)
        for i in range(0, len(of_series), 1000):
            part = of_series[i : i + 1000]
            start, last = parse_instant(part[0]["timestamp"]), parse_instant(part[-1]["timestamp"])
            path = f"{symbol}/{i}"
            stream, body = Stream(symbol, Interval(interval), source), json.dumps({"data": part}).encode()
            received_at = last + timedelta(days=2)
            yield PageInput(path, path, stream, start, last + stream.interval.step, received_at, received_at, body)


def _numbers(entry: dict[str, Any]) -> dict[str, float | None]:
    fields = ("open_interest", "open_interest_usd")
    return {field: float(entry[field]) if entry[field] else None for field in fields}


def test_a_year_of_five_recorded_series_is_accepted_whole() -> None:
    pages = list(landed("replay_hyperliquid_1h.csv.gz"))
    verdict = judged(*pages, settings=Quality())
    assert verdict.accepted.num_rows == 43_368
    assert verdict.quarantine.num_rows == 0
    assert result(verdict, "series_blocked")["element_count"] == 5
    assert_reconciled(verdict, pages)


def test_series_with_usd_alone_are_quarantined() -> None:
    """Their open interest is missing."""
    pages = list(landed("hyperliquid_1h.csv.gz"))
    verdict = judged(*pages, settings=Quality())
    assert verdict.accepted.num_rows == 0
    assert set(map(tuple, verdict.quarantine["rules"].to_pylist())) == {("open_interest_present",)}
    assert all(finding.blocked for finding in verdict.findings)
    assert_reconciled(verdict, pages)


def test_daily_candles_cut_at_eastern_midnight_are_off_the_grid() -> None:
    verdict = judged(*landed("kalshi_1d.csv.gz"), settings=Quality())
    assert set(map(tuple, verdict.quarantine["rules"].to_pylist())) == {("timestamp_on_grid",)}
    assert verdict.quarantine.num_rows == 92
