from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from include.alarms.alarm import Severity
from include.alarms.gaps import Healed, doubts, gaps
from include.domain.time_range import TimeRange
from include.kwery.answers.doubts import Doubt
from include.planning.windows.coverage import Covered
from tests.alarms.coverage import BTC_1H, BTC_5M, DAY, ETH_5M, HOUR, NOON, NOW, read

LOOK_BACK = NOW - 3 * DAY
HEALED = Healed(LOOK_BACK, NOW - DAY, recent=NOW - 6 * DAY)


def test_whole_coverage_has_no_gaps() -> None:
    assert gaps([BTC_5M], {BTC_5M: [read(NOON - 5 * DAY, NOON)]}, HEALED) == []


def test_an_old_gap_is_reported_with_the_command_that_fills_it() -> None:
    parts = [read(NOON - 5 * DAY, NOON - 2 * DAY), read(NOON - 2 * DAY + HOUR, NOON)]
    [alarm] = gaps([BTC_5M, ETH_5M], {BTC_5M: parts, ETH_5M: parts}, HEALED)
    assert alarm.severity is Severity.ERROR
    assert alarm.subject == "BTC kalshi 5m, ETH kalshi 5m"
    assert alarm.sentence.startswith("12 grid points")
    assert "./oi heal --interval 5m --from 2026-03-08T12:00:00Z --to 2026-03-08T13:00:00Z" in alarm.sentence


def test_a_gap_of_today_is_left_to_the_next_daily_run() -> None:
    parts = [read(NOON - 5 * DAY, NOON - 3 * HOUR), read(NOON - 2 * HOUR, NOON)]
    assert gaps([BTC_5M], {BTC_5M: parts}, HEALED) == []


def test_a_gap_beyond_the_look_back_becomes_a_warning() -> None:
    five_days_ago, later = NOON - 5 * DAY, read(NOON - 4 * DAY, NOON)
    stopped = [read(NOON - 9 * DAY, five_days_ago), later]
    [alarm] = gaps([BTC_1H], {BTC_1H: stopped}, HEALED)
    assert alarm.severity is Severity.ERROR
    assert alarm.sentence.startswith("24 grid points between 2026-03-05T12:00:00Z and 2026-03-06T12:00:00Z")
    assert "./oi heal --interval 1h --from 2026-03-05T12:00:00Z --to 2026-03-06T12:00:00Z" in alarm.sentence
    [old] = gaps([BTC_1H], {BTC_1H: stopped}, replace(HEALED, recent=NOON - 3 * DAY))
    assert (old.severity, old.sentence) == (Severity.WARNING, alarm.sentence)


def test_a_gap_across_the_look_back_is_reported_in_two_parts() -> None:
    parts = [read(NOON - 9 * DAY, NOON - 5 * DAY), read(NOON - 2 * DAY, NOON)]
    within, before = gaps([BTC_1H], {BTC_1H: parts}, HEALED)
    assert "should have bought" in within.sentence
    assert "no run buys" in before.sentence
    assert [alarm.sentence.split()[0] for alarm in (within, before)] == ["23", "49"]


def test_what_the_vendor_has_no_more_is_no_gap() -> None:
    stopped = [read(NOON - 9 * DAY, NOON - 8 * DAY), read(NOON - 4 * DAY, NOON)]
    assert len(gaps([BTC_1H], {BTC_1H: stopped}, HEALED)) == 1
    assert gaps([BTC_1H], {BTC_1H: stopped}, replace(HEALED, oldest=NOON - 4 * DAY)) == []


def test_a_past_range_beside_what_is_tracked_leaves_no_gap() -> None:
    parts = [read(NOON - 90 * DAY, NOON - 60 * DAY, asked_at=NOON), read(NOON - 4 * DAY, NOON)]
    assert gaps([BTC_1H], {BTC_1H: parts}, HEALED) == []


def test_time_before_the_first_answer_is_no_gap() -> None:
    assert gaps([BTC_5M], {BTC_5M: [read(NOON - 2 * DAY, NOON)]}, HEALED) == []


def test_ranges_loaded_on_purpose_with_time_between_them_have_no_gaps() -> None:
    parts = [
        read(NOON - 70 * HOUR, NOON - 60 * HOUR, asked_at=NOW),
        read(NOON - 50 * HOUR, NOON - 40 * HOUR, asked_at=NOW),
    ]
    assert gaps([BTC_5M], {BTC_5M: parts}, HEALED) == []


@given(st.sets(st.integers(0, 71)))
def test_the_points_missing_are_counted_exactly(missing: set[int]) -> None:
    start = NOON - 3 * DAY
    first = Covered(TimeRange(start - HOUR, start), NOW, "rows")
    last = Covered(TimeRange(start + 72 * HOUR, start + 73 * HOUR), NOW, "rows")
    hours = [
        Covered(TimeRange(start + n * HOUR, start + (n + 1) * HOUR), NOW, "rows") for n in range(72) if n not in missing
    ]
    found = gaps([BTC_1H], {BTC_1H: [first, *hours, last]}, Healed(start, start + 72 * HOUR, start))
    assert [alarm.sentence.split()[0] for alarm in found] == ([str(len(missing))] if missing else [])


def test_a_possibly_clipped_answer_is_a_warning_while_recent() -> None:
    old = NOON - 300 * DAY
    clipped = read(old, old + DAY, "empty", asked_at=NOW - 2 * DAY, empty_reads=0)
    [alarm] = doubts({BTC_5M: [clipped]}, LOOK_BACK, NOW - 3 * DAY)
    assert alarm.severity is Severity.WARNING
    assert "possibly clipped" in alarm.sentence
    assert doubts({BTC_5M: [clipped]}, LOOK_BACK, NOW - DAY) == []
    in_look_back = read(NOON - 2 * DAY, NOON - DAY, "empty", asked_at=NOW - timedelta(days=2), empty_reads=0)
    assert len(doubts({BTC_5M: [in_look_back]}, LOOK_BACK, NOW)) == 1


def test_an_empty_answer_that_proves_something_raises_no_doubt() -> None:
    assert doubts({BTC_5M: [read(NOON - DAY, NOON, "empty")]}, LOOK_BACK, NOW - 3 * DAY) == []


def test_doubts_with_other_reasons_are_alarms_of_their_own() -> None:
    clipped = read(NOON - 2 * DAY, NOON - DAY, "empty", empty_reads=0)
    failed = replace(clipped, doubts=(Doubt.ERROR_NAMED,))
    first, second = doubts({BTC_5M: [clipped], ETH_5M: [failed]}, LOOK_BACK, NOW - 3 * DAY)
    assert "possibly clipped" in first.sentence
    assert Doubt.ERROR_NAMED.sentence in second.sentence
    assert (first.subject, second.subject) == (BTC_5M.label, ETH_5M.label)


def test_an_unknown_flag_names_the_setting_for_harmless_ones() -> None:
    flagged = replace(read(NOON - 2 * DAY, NOON - DAY, "empty", empty_reads=0), doubts=(Doubt.UNKNOWN_FLAG,))
    [alarm] = doubts({BTC_5M: [flagged]}, LOOK_BACK, NOW - 3 * DAY)
    assert "api.harmless_fields" in alarm.sentence
