from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.domain.clock import EPOCH
from include.planning.credits.billing_cycle import cycle_of


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "first_day", "start", "end"),
    [
        ("2026-03-08T00:10", 1, "2026-03-01", "2026-04-01"),
        ("2026-03-08T00:10", 8, "2026-03-08", "2026-04-08"),
        ("2026-03-07T23:59", 8, "2026-02-08", "2026-03-08"),
        ("2026-01-05T12:00", 28, "2025-12-28", "2026-01-28"),
        ("2026-02-28T00:00", 28, "2026-02-28", "2026-03-28"),
        ("2026-12-31T23:59", 15, "2026-12-15", "2027-01-15"),
    ],
)
def test_a_cycle_ends_on_its_day_a_month_later_at_midnight_utc(
    moment: str, first_day: int, start: str, end: str
) -> None:
    cycle = cycle_of(at(moment), first_day)
    assert (cycle.start, cycle.end) == (at(start), at(end))


def test_its_days_are_counted_from_one() -> None:
    cycle = cycle_of(at("2026-02-15T10:00"), 15)
    assert (cycle.days, cycle.day(at("2026-02-15T10:00")), cycle.day(at("2026-03-14T23:59"))) == (28, 1, 28)
    assert cycle.left(at("2026-03-14T18:00")) == timedelta(hours=6)


@given(minutes=st.integers(0, 50_000_000), day=st.integers(1, 28))
def test_cycles_follow_one_another_without_a_gap(minutes: int, day: int) -> None:
    moment = EPOCH + timedelta(minutes=minutes)
    cycle = cycle_of(moment, day)
    assert cycle.start <= moment < cycle.end
    assert 28 <= cycle.days <= 31
    assert cycle_of(cycle.end, day).start == cycle.end
    assert cycle_of(cycle.start - timedelta(microseconds=1), day).end == cycle.start
