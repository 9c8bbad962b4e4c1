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
    """Departures in order of time, as the ledger keeps them."""

    def __init__(self) -> None:
        self.times: list[datetime] = []

    def latest(self, place: int) -> datetime | None:
        return self.times[-place] if place <= len(self.times) else None

    def book(self, rates: list[Rate], now: datetime) -> datetime:
        departure = earliest(rates, self.latest, now)
        insort(self.times, departure)
        return departure


def most_within(times: list[datetime], window: timedelta) -> int:
    """The most of them that lie in any window, one of its ends included."""
    ends = range(len(times))
    return max(sum(times[end] - window < time <= times[end] for time in times[: end + 1]) for end in ends)


ASKS = st.lists(st.tuples(st.sampled_from([0, 0, 0, 3, 40, 700, 9_000, 61_000]), st.integers(-20, 20)), max_size=120)


@given(st.sampled_from(sorted(PLANS)), ASKS)
def test_whoever_asks_whenever_no_window_of_the_plan_holds_too_many_departures(
    plan: str, asks: list[tuple[int, int]]
) -> None:
    booked, now = Booked(), NOW
    for pause_ms, skew_ms in asks:
        now += timedelta(milliseconds=pause_ms)
        asked_at = now + timedelta(milliseconds=skew_ms)
        assert booked.book(PLANS[plan], asked_at) >= asked_at
    for rate in PLANS[plan] if asks else []:
        assert most_within(booked.times, rate.window + rate.margin - timedelta(microseconds=1)) <= rate.requests


@given(st.lists(st.integers(0, 40), min_size=60, max_size=60))
def test_arrivals_that_are_delayed_by_less_than_the_margin_keep_the_vendors_second(delays_ms: list[int]) -> None:
    rates, booked = PLANS["business"], Booked()
    departures = [booked.book(rates, NOW) for _ in delays_ms]
    arrivals = sorted(at + timedelta(milliseconds=ms) for at, ms in zip(departures, delays_ms, strict=True))
    assert most_within(arrivals, timedelta(seconds=1)) <= 20


@given(st.sampled_from(sorted(PLANS)), st.integers(2, 5))
def test_with_asks_enough_at_least_95_in_100_of_each_rate_are_used(plan: str, windows: int) -> None:
    rate = PLANS[plan][0]
    booked = Booked()
    departures = [booked.book([rate], NOW) for _ in range(rate.requests * windows + 1)]
    assert (departures[-1] - NOW) * 0.95 <= windows * rate.window


@hypothesis_settings(max_examples=30)
@given(st.sampled_from(sorted(PLANS)), st.integers(0, 2000))
def test_the_reading_time_told_beforehand_is_that_of_the_departures(plan: str, requests: int) -> None:
    booked = Booked()
    departures = [booked.book(PLANS[plan], NOW) for _ in range(requests)]
    told = reading_time(PLANS[plan], requests)
    assert told is not None
    assert abs(told - (departures[-1] - NOW if departures else timedelta())) <= timedelta(seconds=2)


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
def test_long_readings_take_as_long_as_the_tightest_rate_of_each_plan(plan: str, requests: int, minutes: float) -> None:
    told = reading_time(PLANS[plan], requests)
    assert told is not None
    assert told / timedelta(minutes=1) == pytest.approx(minutes, rel=0.05)


def test_fixed_windows_are_kept_as_well_wherever_they_begin() -> None:
    booked = Booked()
    times = [booked.book(PLANS["business"], NOW) for _ in range(700)]
    for offset_ms in range(0, 1000, 125):
        seconds = [(at - NOW + timedelta(milliseconds=offset_ms)) // timedelta(seconds=1) for at in times]
        assert max(seconds.count(second) for second in set(seconds)) <= 20


def test_an_unknown_account_paces_nobody() -> None:
    assert Booked().book([], NOW) == NOW
    assert reading_time([], 100) is None
