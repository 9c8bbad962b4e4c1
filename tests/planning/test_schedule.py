from __future__ import annotations

from datetime import timedelta

import pytest

from include.domain.clock import DAY, HOUR
from include.domain.market import Interval
from include.planning.schedule import every, final_age, newest_age, schedules
from include.settings.schedule import HOURLY_INTERVALS
from tests.planning.grid import FRESHNESS, MIDNIGHT

MINUTE = timedelta(minutes=1)


def test_a_run_reads_up_to_the_last_whole_step_of_its_lane() -> None:
    hourly, daily = schedules(4 * HOUR)
    assert hourly.end_of(MIDNIGHT + 8 * HOUR + hourly.delay) == MIDNIGHT + 8 * HOUR
    assert daily.end_of(MIDNIGHT + DAY + daily.delay) == MIDNIGHT + DAY


def test_only_what_the_hourly_lane_reads_gets_older_with_it() -> None:
    assert [every(interval, 4 * HOUR) for interval in Interval] == [4 * HOUR] * 3 + [DAY] * 2


@pytest.mark.parametrize("interval", HOURLY_INTERVALS)
def test_the_hourly_lane_is_as_fresh_as_a_naive_reader(
    interval: Interval,
) -> None:
    asked_every, delay = HOUR, schedules(HOUR)[0].delay
    newest_closed = [interval.floor(MIDNIGHT + hour * asked_every) for hour in range(24)]
    ages = [
        MIDNIGHT + (hour + 1) * asked_every + delay - (closed - interval.step)
        for hour, closed in enumerate(newest_closed)
    ]
    assert newest_age(interval, HOUR) == max(ages)


@pytest.mark.parametrize(
    ("interval", "newest", "final"),
    [
        (Interval.M5, 70 * MINUTE, 70 * MINUTE),  # at 10:05 the row of 9:55 is final
        (Interval.M15, 80 * MINUTE, 95 * MINUTE),  # and the one of 9:45 is not
        (Interval.H1, 125 * MINUTE, 185 * MINUTE),
        (Interval.D1, 2 * DAY + 20 * MINUTE, 3 * DAY + 20 * MINUTE),
    ],
)
def test_a_row_is_oldest_when_the_next_run_is_about_to_read(
    interval: Interval, newest: timedelta, final: timedelta
) -> None:
    assert newest_age(interval, HOUR) == newest
    assert final_age(interval, HOUR, FRESHNESS) == final
