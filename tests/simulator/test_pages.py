from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from include.domain.clock import iso
from include.simulator.config import SimulatorConfig
from include.simulator.simulator import Simulator
from tests.examples import examples

from .conftest import NOW, Caller

CALLER = Caller(Simulator(SimulatorConfig(now=NOW, enforce_rates=False, allowance_credits=10**12)))
OCTOBER = datetime(2025, 10, 1, tzinfo=UTC)
STARTS = st.integers(0, 168 * 86400).map(lambda seconds: OCTOBER + timedelta(seconds=seconds))


def _place(row: dict[str, Any]) -> tuple[str, str]:
    return row["timestamp"], row["source"]


@settings(max_examples=examples(30), deadline=None)
@given(
    start=STARTS,
    hours=st.integers(0, 60),
    limits=st.tuples(st.integers(1, 60), st.integers(61, 1000)),
    interval=st.sampled_from(["15m", "1h", "4h", "1d"]),
    source=st.sampled_from(["binance_futures", "hyperliquid", "kalshi", None]),
    symbol=st.sampled_from(["BTC", "XRP", "KXFED-26DEC"]),
)
def test_pages_of_any_size_are_disjoint_and_together_complete(
    start: datetime, hours: int, limits: tuple[int, int], interval: str, source: str | None, symbol: str
) -> None:
    window = {"start": iso(start), "end": iso(start + timedelta(hours=hours))}
    asked = {"interval": interval, "source": source, "symbol": symbol, **window}
    small, large = (CALLER.walk(**asked, limit=limit) for limit in limits)
    rows = [row for page in small for row in page]
    assert rows == [row for page in large for row in page]
    assert all(_place(a) < _place(b) for a, b in pairwise(rows))
    assert all(len(page) == limits[0] for page in small[:-1])
    assert all(window["start"] <= row["timestamp"] < window["end"] for row in rows)


def test_start_is_inclusive_and_end_exclusive() -> None:
    answer = CALLER.ask(start="2026-03-07T00:00:00Z", end="2026-03-07T03:00:00Z")
    stamps = [row["timestamp"] for row in answer.rows]
    assert stamps == [f"2026-03-07T0{hour}:00:00Z" for hour in range(3)]


def test_all_sources_come_interleaved_by_timestamp_then_source() -> None:
    rows = CALLER.ask(source=None, start="2026-03-07", end="2026-03-07T02:00:00Z").rows
    assert [row["source"] for row in rows] == ["binance_futures", "hyperliquid", "kalshi"] * 2


def test_a_full_last_page_has_no_cursor() -> None:
    answer = CALLER.ask(start="2026-03-07", end="2026-03-07T03:00:00Z", limit=3)
    assert answer.body["meta"]["next_cursor"] is None
    assert answer.body["meta"]["has_more"] is False


def test_a_range_before_the_listing_is_empty_and_billed_the_base() -> None:
    answer = CALLER.ask(symbol="HYPE", start="2021-01-01", end="2024-01-01", interval="5m")
    assert (answer.rows, answer.headers["X-Credits-Used"]) == ([], "50")


def test_the_next_page_of_a_moving_clock_keeps_the_window_of_the_first() -> None:
    caller = Caller(Simulator(SimulatorConfig(now=NOW, enforce_rates=False)))
    first = caller.ask(start="2026-03-20", limit=5)
    caller.simulator.clock.pin(NOW + timedelta(hours=9))
    second = caller.ask(start="2026-03-20", limit=500, after=first.body["meta"]["next_cursor"])
    assert [row["timestamp"][11:13] for row in (*first.rows, *second.rows)] == [f"{hour:02}" for hour in range(13)]
