from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.domain.clock import Clocks
from include.kwery.answers.headers import http_date
from include.kwery.answers.vendor_clock import VendorClock

NOW = datetime(2026, 3, 7, 12, tzinfo=UTC)
DATE = "Sat, 07 Mar 2026 12:00:00 GMT"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def test_the_vendors_clock_moves_on_between_answers() -> None:
    clock = VendorClock()
    assert clock.at(NOW) == Clocks(NOW)
    clock.see(NOW + DAY, NOW)
    assert clock.at(NOW + DAY + MINUTE).vendor == NOW + MINUTE


def test_an_answer_without_a_credible_date_shows_nothing() -> None:
    clock = VendorClock()
    clock.see(NOW, None)
    clock.see(NOW, datetime(1999, 12, 31, tzinfo=UTC))
    assert not clock.is_known
    clock.see(NOW, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert clock.at(NOW + 300 * DAY).for_billing == NOW + 300 * DAY


def test_the_largest_difference_is_remembered() -> None:
    clock = VendorClock()
    for off in (timedelta(), 2 * DAY, -DAY, timedelta()):
        clock.see(NOW + off, NOW)
    assert clock.worst is not None
    assert clock.worst.ahead == 2 * DAY
    assert clock.newest == Clocks(NOW, NOW)


@pytest.mark.parametrize(
    ("age", "expected"),
    [(None, NOW), ("7200", NOW + 120 * MINUTE), ("soon", NOW), ("-1", NOW), ("1e14", None)],
)
def test_the_age_of_a_cached_answer_is_added_to_its_date(age: str | None, expected: datetime | None) -> None:
    assert http_date(DATE, age) == expected
