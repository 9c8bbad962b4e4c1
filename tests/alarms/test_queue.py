from __future__ import annotations

from datetime import timedelta

from include.alarms.alarm import Severity
from include.alarms.queue import Waiting, refused, stuck
from include.domain.facts import RefusedWindow
from include.domain.market import Interval, Stream
from tests.alarms.coverage import HOUR, NOON, NOW

SIX_HOURS = timedelta(hours=6)
BTC, ETH = (Stream(symbol, Interval.M5) for symbol in ("BTC", "ETH"))


def test_work_waits_a_while_without_an_alarm() -> None:
    assert stuck([Waiting("w", "reading", NOW - SIX_HOURS)], NOW, SIX_HOURS) == []


def test_stuck_windows_are_grouped_by_state_oldest_first() -> None:
    waiting = [
        Waiting("young", "planned", NOON - 7 * HOUR),
        Waiting("old", "planned", NOON - 9 * HOUR),
        Waiting("paid", "landed", NOON - 8 * HOUR),
    ]
    planned, landed = stuck(waiting, NOW, SIX_HOURS)
    assert (planned.subject, planned.severity) == ("old, young", Severity.WARNING)
    assert "2 planned since 2026-03-10T03:00:00Z" in planned.sentence
    assert (landed.subject, landed.severity) == ("paid", Severity.ERROR)
    assert "paid and not in the warehouse" in landed.sentence


def test_a_refused_stream_is_an_error_with_the_vendors_last_words() -> None:
    refusals = [RefusedWindow(BTC, f"no {n}") for n in (1, 2)]
    assert refused(refusals, 3) == []
    [alarm] = refused([*refusals, RefusedWindow(ETH, "once"), RefusedWindow(BTC, "no 3")], 3)
    assert alarm.subject == "BTC all sources 5m"
    assert "refused 3 times recently, last: no 3" in alarm.sentence
