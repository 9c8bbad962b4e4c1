from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from include.domain.clock import DAY
from include.planning.credits.pace import credits_at_pace

APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def test_a_third_of_the_time_takes_a_third_of_the_credits() -> None:
    assert credits_at_pace(300, APRIL, APRIL + 30 * DAY, 10 * DAY) == 100


def test_a_pace_is_measured_over_a_day_at_least() -> None:
    """One run in the first hour of a cycle says what a day costs, not what an hour does."""
    assert credits_at_pace(240, APRIL, APRIL + timedelta(hours=1), 2 * DAY) == 480
    assert credits_at_pace(240, APRIL, APRIL, DAY) == 240


@given(st.integers(0, 10**9), st.floats(0, 40), st.floats(0, 40))
def test_time_in_two_parts_takes_what_it_takes_as_a_whole(spent: int, days: float, ahead: float) -> None:
    now, part = APRIL + timedelta(days=days), timedelta(days=ahead)
    whole = credits_at_pace(spent, APRIL, now, 2 * part)
    assert whole == 2 * credits_at_pace(spent, APRIL, now, part) >= 0
