from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from include.alarms.alarm import Severity
from include.alarms.stored import stored
from tests.alarms.coverage import BTC_5M, DAY, ETH_5M, HOUR, NOON, read


def test_as_many_points_kept_as_arrived_is_well() -> None:
    assert stored({BTC_5M: [read(NOON - HOUR, NOON)]}, {BTC_5M: 12}) == []


def test_emptiness_needs_no_rows() -> None:
    assert stored({BTC_5M: [read(NOON - HOUR, NOON, "empty")]}, {}) == []


def test_more_points_than_were_proven_are_well() -> None:
    assert stored({BTC_5M: [read(NOON - HOUR, NOON)]}, {BTC_5M: 500}) == []


def test_settled_points_that_are_gone_are_told_with_the_command_that_brings_them_back() -> None:
    hour = [read(NOON - HOUR, NOON)]
    [alarm] = stored({BTC_5M: hour, ETH_5M: hour}, {BTC_5M: 12, ETH_5M: 7})
    assert (alarm.name, alarm.severity, alarm.subject) == ("stored", Severity.ERROR, "ETH kalshi 5m")
    assert alarm.sentence.startswith("5 points")
    assert "./oi replay" in alarm.sentence


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=8), st.integers(0, 600))
def test_overlapping_reads_of_the_same_points_count_once(parts: list[tuple[int, int]], kept: int) -> None:
    reads = [read(NOON - DAY + hour * HOUR, NOON - DAY + (hour + long) * HOUR) for hour, long in parts]
    points = 12 * len({hour + n for hour, long in parts for n in range(long)})
    assert bool(stored({BTC_5M: reads}, {BTC_5M: kept})) == (kept < points)
