from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from include.alarms.alarm import Severity
from include.alarms.freshness import freshness
from include.domain.market import Interval
from include.settings.alarms import FRESH_WITHIN
from tests.alarms.coverage import BTC_1D, BTC_5M, DAY, ETH_5M, HOUR, NOON, NOW, read


def test_an_empty_ledger_raises_no_alarm() -> None:
    assert freshness([BTC_5M, BTC_1D], {}, NOW, FRESH_WITHIN) == []


def test_a_series_that_was_just_read_is_fresh() -> None:
    assert freshness([BTC_5M], {BTC_5M: [read(NOON - DAY, NOON)]}, NOW, FRESH_WITHIN) == []


@given(minutes=st.integers(0, 10_000))
@example(minutes=60)
@example(minutes=61)
def test_it_is_stale_exactly_when_its_newest_row_is_older_than_allowed(minutes: int) -> None:
    now = NOON + timedelta(minutes=minutes)
    found = freshness([BTC_5M], {BTC_5M: [read(NOON - DAY, NOON)]}, now, {Interval.M5: 12})
    assert bool(found) == (minutes > 60)


def test_no_request_and_empty_answers_are_distinguished() -> None:
    stopped = {BTC_5M: [read(NOON - DAY, NOON - 6 * HOUR)]}
    silent = {BTC_5M: [read(NOON - DAY, NOON - 6 * HOUR), read(NOON - 6 * HOUR, NOON, "empty")]}
    [unrequested] = freshness([BTC_5M], stopped, NOW, FRESH_WITHIN)
    [empty] = freshness([BTC_5M], silent, NOW, FRESH_WITHIN)
    assert unrequested.severity is empty.severity is Severity.ERROR
    assert "rows end at 2026-03-10T06:00:00Z" in unrequested.sentence
    assert "nothing was requested since" in unrequested.sentence
    assert "answered without rows" in empty.sentence


def test_series_that_stopped_together_are_one_alarm() -> None:
    coverage = {one: [read(NOON - DAY, NOON - 6 * HOUR)] for one in (BTC_5M, ETH_5M)}
    [alarm] = freshness([BTC_5M, ETH_5M], coverage, NOW, FRESH_WITHIN)
    assert alarm.subject == "BTC kalshi 5m, ETH kalshi 5m"


def test_a_past_day_loaded_once_does_not_get_stale() -> None:
    past = {
        BTC_5M: [read(NOON - 9 * DAY, NOON - 8 * DAY, asked_at=NOON)],
        BTC_1D: [read(NOON - 9 * DAY, NOON - 8 * DAY, asked_at=NOON)],
    }
    assert freshness([BTC_5M, BTC_1D], past, NOW, FRESH_WITHIN) == []


def test_a_series_that_is_not_wanted_any_more_is_not_judged() -> None:
    assert freshness([ETH_5M], {BTC_5M: [read(NOON - DAY, NOON - 6 * HOUR)]}, NOW, FRESH_WITHIN) == []


def test_a_source_that_never_had_a_row_is_a_warning_that_names_the_setting() -> None:
    [alarm] = freshness([BTC_5M], {BTC_5M: [read(NOON - DAY, NOON, "empty")]}, NOW, FRESH_WITHIN)
    assert alarm.severity is Severity.WARNING
    assert "series.groups" in alarm.sentence


@pytest.mark.parametrize("interval", list(Interval))
def test_the_defaults_bear_one_missed_run_of_the_lane_that_reads_it(interval: Interval) -> None:
    cadence = HOUR if interval.step <= HOUR else DAY
    assert FRESH_WITHIN[interval] * interval.step > cadence + timedelta(minutes=20)


def test_one_ended_market_is_no_alarm_and_a_stopped_source_is() -> None:
    ended = [read(NOON - DAY, NOON - 6 * HOUR), read(NOON - 6 * HOUR, NOON, "empty")]
    fresh = [read(NOON - DAY, NOON)]
    markets = {"BTC", "ETH"}
    assert BTC_5M.source == ETH_5M.source
    wanted = [BTC_5M, ETH_5M]
    assert freshness(wanted, {BTC_5M: ended, ETH_5M: fresh}, NOW, FRESH_WITHIN, markets) == []
    [alarm] = freshness(wanted, {BTC_5M: ended, ETH_5M: ended}, NOW, FRESH_WITHIN, markets)
    assert "BTC" in alarm.subject
    assert "ETH" in alarm.subject


def test_an_unrequested_market_is_reported_beside_current_ones() -> None:
    unasked, fresh = [read(NOON - DAY, NOON - 6 * HOUR)], [read(NOON - DAY, NOON)]
    [alarm] = freshness([BTC_5M, ETH_5M], {BTC_5M: unasked, ETH_5M: fresh}, NOW, FRESH_WITHIN, {"BTC", "ETH"})
    assert alarm.subject == BTC_5M.label
