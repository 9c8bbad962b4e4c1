from __future__ import annotations

from datetime import timedelta

import pytest

from include.alarms.alarm import Severity
from include.alarms.late import Scheduled, late
from tests.alarms.coverage import HOUR, NOON

FIFTY_MINUTES = timedelta(minutes=50)


@pytest.mark.parametrize(("minutes", "is_late"), [(0, False), (70, False), (110, False), (111, True)])
def test_a_lane_is_late_once_no_run_ended_for_its_step_and_the_allowance(minutes: int, is_late: bool) -> None:
    lane = Scheduled("hourly", NOON, HOUR, FIFTY_MINUTES)
    assert bool(late([lane], NOON + timedelta(minutes=minutes))) == is_late


def test_a_late_lane_is_an_error_that_says_since_when_and_where_to_look() -> None:
    [alarm] = late([Scheduled("hourly", NOON, HOUR, FIFTY_MINUTES)], NOON + 3 * HOUR)
    assert (alarm.name, alarm.severity, alarm.subject) == ("late", Severity.ERROR, "hourly lane")
    assert "since 2026-03-10T12:00:00Z, and one should every 1 h, 50 minutes later at most" in alarm.sentence
    assert "open_interest_hourly is unpaused" in alarm.sentence
