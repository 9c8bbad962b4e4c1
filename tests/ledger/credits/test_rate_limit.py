from __future__ import annotations

from bisect import insort
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from include.ledger.credits.rate_limit import Rate, earliest, reading_time
from tests.ledger.conftest import NOW

PLANS = {
    "free": [Rate(15, timedelta(minutes=1)), Rate(600, timedelta(hours=1))],
    "pro": [Rate(50, timedelta(minutes=1)), Rate(3000, timedelta(hours=1))],
    "business": [Rate(20, timedelta(seconds=1)), Rate(600, timedelta(minutes=1))],
    "one a second": [Rate(1, timedelta(seconds=1))],
}


class Booked:
    """Slots in time order, as the ledger has them."""

    def __init__(self) -> None:
        self.times: list[datetime] = []

    def latest(self, place: int) -> datetime | None:
        return self.times[-place] if place <= len(self.times) else None

    def book(self, rates: list[Rate], now: datetime) -> datetime:
        slot = earliest(rates, self.latest, now)
        insort(self.times, slot)
        return slot


def most_within(times: list[datetime], window: timedelta) -> int:
    """The largest number within any window, one end included."""
    ends = range(len(times))
    return max(sum(times[end] - window < time <= times[end] for time in times[: end + 1]) for end in ends)


ASKS = st.lists(st.tuples(st.sampled_from([0, 0, 0, 3, 40, 700, 9_000, 61_000]), st.integers(-20, 20)), max_size=120)


@given(st.sampled_from(sorted(PLANS)), ASKS)
def test_no_window_of_a_rate_holds_too_many_slots(plan: str, asks: list[tuple[int, int]]) -> None:
    booked, now = Booked(), NOW
    for pause_ms, skew_ms in asks:
        now += timedelta(milliseconds=pause_ms)
        asked_at = now + timedelta(milliseconds=skew_ms)
        assert booked.book(PLANS[plan], asked_at) >= asked_at
    for rate in PLANS[plan] if asks else []:
        assert most_within(booked.times, rate.window + rate.margin - timedelta(microseconds=1)) <= rate.requests


@given(st.lists(st.integers(0, 40), min_size=60, max_size=60))
def test_arrivals_delayed_within_the_margin_keep_the_rate(delays_ms: list[int]) -> None:
    rates, booked = PLANS["business"], Booked()
    slots = [booked.book(rates, NOW) for _ in delays_ms]
    arrivals = sorted(at + timedelta(milliseconds=ms) for at, ms in zip(slots, delays_ms, strict=True))
    assert most_within(arrivals, timedelta(seconds=1)) <= 20


@given(st.sampled_from(sorted(PLANS)), st.integers(2, 5))
def test_at_least_95_percent_of_a_rate_are_used(plan: str, windows: int) -> None:
    rate = PLANS[plan][0]
    booked = Booked()
    slots = [booked.book([rate], NOW) for _ in range(rate.requests * windows + 1)]
    assert (slots[-1] - NOW) * 0.95 <= windows * rate.window


@hypothesis_settings(max_examples=30)
@given(st.sampled_from(sorted(PLANS)), st.integers(0, 2000))
def test_forecast_reading_time_is_that_of_the_slots(plan: str, requests: int) -> None:
    booked = Booked()
    slots = [booked.book(PLANS[plan], NOW) for _ in range(requests)]
    forecast = reading_time(PLANS[plan], requests)
    assert forecast is not None
    assert abs(forecast - (slots[-1] - NOW if slots else timedelta())) <= timedelta(seconds=2)


@pytest.mark.parametrize(
    ("plan", "requests", "minutes"),
    [
        ("free", 15, 0),
        ("free", 16, 1),
        ("free", 600, 39),
        ("free", 6000, 9 * 60 + 39),  # by the minute alone 400
        ("pro", 6000, 119),
        ("business", 6000, 9.5),
        ("one a second", 6000, 100),
    ],
)
def test_long_readings_take_as_long_as_the_tightest_rate(plan: str, requests: int, minutes: float) -> None:
    forecast = reading_time(PLANS[plan], requests)
    assert forecast is not None
    assert forecast / timedelta(minutes=1) == pytest.approx(minutes, rel=0.05)


def test_rate_holds_in_fixed_windows_of_any_offset() -> None:
    booked = Booked()
    times = [booked.book(PLANS["business"], NOW) for _ in range(700)]
    for offset_ms in range(0, 1000, 125):
        seconds = [(at - NOW + timedelta(milliseconds=offset_ms)) // timedelta(seconds=1) for at in times]
        assert max(seconds.count(second) for second in set(seconds)) <= 20


def test_unknown_account_sets_no_rate() -> None:
    assert Booked().book([], NOW) == NOW
    assert reading_time([], 100) is None
