from __future__ import annotations

from datetime import UTC, date, datetime

from include.alarms.derived_intervals import deriving
from include.alarms.gaps import Healed, gaps
from include.domain.clock import EPOCH
from include.domain.time_range import TimeRange
from include.planning.derived_intervals import ComparedDay, Derived
from tests.alarms.coverage import BTC_1H, NOON, read

MIDNIGHT = datetime(2026, 3, 7, tzinfo=UTC)
DIFFERS = ComparedDay(date(2026, 3, 8), 6, 5, "at 2026-03-08T17:00Z it is 2.0 (4.0 USD), the 5m snapshot 1.0 (2.0 USD)")


def test_an_ended_proof_names_both_values_and_the_day() -> None:
    [alarm] = deriving({BTC_1H: Derived((TimeRange(EPOCH, MIDNIGHT),), DIFFERS)}, MIDNIGHT)
    assert (alarm.name, alarm.severity, alarm.subject) == ("derived", "error", BTC_1H.label)
    for part in ("it is 2.0", "the 5m snapshot 1.0", "From 2026-03-07T00:00:00Z on"):
        assert part in alarm.sentence


def test_a_series_that_is_derived_or_never_was_raises_no_alarm() -> None:
    assert deriving({BTC_1H: Derived((TimeRange(EPOCH, MIDNIGHT),))}, MIDNIGHT) == []
    assert deriving({BTC_1H: Derived()}, MIDNIGHT) == []


def test_an_old_difference_raises_no_alarm() -> None:
    ended = Derived((TimeRange(EPOCH, MIDNIGHT),), DIFFERS)
    assert deriving({BTC_1H: ended}, DIFFERS.start) == []


def test_what_is_derived_is_no_gap() -> None:
    hour = BTC_1H.interval.step
    parts = [read(NOON - 60 * hour, NOON - 50 * hour), read(NOON - hour, NOON)]
    missing = TimeRange(NOON - 50 * hour, NOON - 40 * hour)
    healed = Healed(NOON - 72 * hour, NOON - 40 * hour, NOON - 144 * hour)
    assert gaps([BTC_1H], {BTC_1H: parts}, healed) != []
    assert gaps([BTC_1H], {BTC_1H: parts}, healed, {BTC_1H: [missing]}) == []
