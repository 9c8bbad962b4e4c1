from __future__ import annotations

from datetime import timedelta

from include.alarms.alarm import Severity
from include.alarms.landing import unlanded
from include.domain.facts import UnlandedPages

DAY = timedelta(days=1)


def test_pages_that_could_not_be_landed_are_one_error_with_their_price() -> None:
    assert unlanded(UnlandedPages(0, 0), DAY) == []
    [alarm] = unlanded(UnlandedPages(3, 9_150), DAY)
    assert (alarm.name, alarm.severity) == ("landing", Severity.ERROR)
    for said in ("3 paid answers of the last 24 hours", "9,150 credits", "OI_LANDING_URL"):
        assert said in alarm.sentence
