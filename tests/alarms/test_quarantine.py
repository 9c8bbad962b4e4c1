from __future__ import annotations

import pytest

from include.alarms.alarm import Severity
from include.alarms.quarantine import quarantine
from include.domain.facts import ValidatedRows
from tests.alarms.coverage import BTC_5M, ETH_5M


@pytest.mark.parametrize(
    ("received", "quarantined", "severities"),
    [
        (0, 0, []),
        (19, 19, []),  # too few rows to judge
        (100, 5, []),  # exactly the share
        (100, 6, [Severity.ERROR]),
        (100, 50, [Severity.ERROR]),
        (100, 51, [Severity.ERROR]),
    ],
)
def test_more_bad_rows_than_the_share_are_an_error(received: int, quarantined: int, severities: list[Severity]) -> None:
    found = quarantine([ValidatedRows(BTC_5M, received, quarantined)], 0.05, 20)
    assert [alarm.severity for alarm in found] == severities


def test_series_over_the_share_are_one_alarm_and_the_worst_is_counted() -> None:
    validated = [ValidatedRows(BTC_5M, 100, 10), ValidatedRows(ETH_5M, 1000, 200)]
    [alarm] = quarantine(validated, 0.05, 20)
    assert alarm.subject == "ETH kalshi 5m, BTC kalshi 5m"
    assert "200 of 1,000 rows (20.0%) of ETH kalshi 5m" in alarm.sentence
