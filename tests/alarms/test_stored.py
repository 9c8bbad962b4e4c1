from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from include.alarms.alarm import Severity
from include.alarms.stored import stored
from include.domain.time_range import TimeRange
from tests.alarms.coverage import BTC_5M, DAY, ETH_5M, HOUR, NOON, read

AN_HOUR = TimeRange(NOON - HOUR, NOON)


def test_all_points_that_arrived_kept_is_well() -> None:
    assert stored({BTC_5M: [read(NOON - HOUR, NOON)]}, {BTC_5M: [AN_HOUR]}) == []


def test_emptiness_needs_no_rows() -> None:
    assert stored({BTC_5M: [read(NOON - HOUR, NOON, "empty")]}, {}) == []


def test_more_points_than_were_proven_are_well() -> None:
    assert stored({BTC_5M: [read(NOON - HOUR, NOON)]}, {BTC_5M: [TimeRange(NOON - DAY, NOON + DAY)]}) == []


def test_missing_settled_points_are_an_error_that_names_replay() -> None:
    hour = [read(NOON - HOUR, NOON)]
    kept = {BTC_5M: [AN_HOUR], ETH_5M: [TimeRange(NOON - HOUR, NOON - 5 * BTC_5M.interval.step)]}
    [alarm] = stored({BTC_5M: hour, ETH_5M: hour}, kept)
    assert (alarm.name, alarm.severity, alarm.subject) == ("stored", Severity.ERROR, "ETH kalshi 5m")
    assert alarm.sentence.startswith("5 points between 2026-03-10T11:35:00Z and 2026-03-10T12:00:00Z")
    assert "./oi replay" in alarm.sentence


def test_points_kept_elsewhere_do_not_stand_in_for_those_that_are_gone() -> None:
    coverage = {BTC_5M: [read(NOON - HOUR, NOON)]}
    elsewhere = [TimeRange(NOON - DAY, NOON - HOUR), TimeRange(NOON, NOON + DAY)]
    [alarm] = stored(coverage, {BTC_5M: elsewhere, ETH_5M: [AN_HOUR]})
    assert alarm.sentence.startswith("12 points")


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=8), st.sets(st.integers(0, 60)))
def test_every_point_that_arrived_and_is_not_kept_is_counted_once(
    parts: list[tuple[int, int]], kept_hours: set[int]
) -> None:
    begin = NOON - 3 * DAY
    reads = [read(begin + hour * HOUR, begin + (hour + long) * HOUR) for hour, long in parts]
    kept = [TimeRange(begin + hour * HOUR, begin + (hour + 1) * HOUR) for hour in kept_hours]
    lost = 12 * len({hour + n for hour, long in parts for n in range(long)} - kept_hours)
    counts = [alarm.sentence.split()[0] for alarm in stored({BTC_5M: reads}, {BTC_5M: kept})]
    assert counts == ([str(lost)] if lost else [])
