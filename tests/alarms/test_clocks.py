from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.alarms.alarm import Severity
from include.alarms.clocks import wrong_clocks
from include.domain.clock import Clocks

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("off", "sentence"),
    [
        (timedelta(days=5), "5 days ahead of the vendor's: 2026-03-12T12:00:00Z here, 2026-03-07T12:00:00Z by"),
        (timedelta(hours=-3), "3 hours behind the vendor's"),
        (timedelta(minutes=6), "6 minutes ahead of the vendor's"),
    ],
)
def test_a_clock_that_is_off_is_an_error_with_what_to_do(off: timedelta, sentence: str) -> None:
    [alarm] = wrong_clocks([("worker-1:abc:pid", Clocks(NOON + off, NOON))])
    assert (alarm.name, alarm.severity, alarm.subject) == ("clocks", Severity.ERROR, "worker-1")
    assert sentence in alarm.sentence
    assert "NTP" in alarm.sentence


def test_clocks_within_the_tolerance_or_unknown_raise_nothing() -> None:
    assert wrong_clocks([("w", Clocks(NOON + timedelta(minutes=5), NOON)), ("w", Clocks(NOON))]) == []
