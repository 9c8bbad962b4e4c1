from __future__ import annotations

from include.alarms.alarm import Severity
from include.alarms.restated import restated

HALVED = "ETH kalshi 1h at 2026-03-07T05:00:00Z was restated from 100.0 to 50.0 (-50.0%)"
DOUBLED = "BTC kalshi 1h at 2026-03-07T06:00:00Z was restated from 4.0 to 8.0 (+100.0%)"


def test_large_restatements_are_a_warning_with_both_values_of_the_last() -> None:
    assert restated([], 0.05) == []
    [alarm] = restated([HALVED, HALVED, DOUBLED], 0.05)
    assert (alarm.severity, alarm.subject) == (Severity.WARNING, "ETH kalshi 1h, BTC kalshi 1h")
    assert alarm.sentence.startswith("3 values changed by more than quality.restatement_share (5%)")
    assert DOUBLED in alarm.sentence
