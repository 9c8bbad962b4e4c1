from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from include.domain.market import SOURCES, Interval, Series, Stream
from include.domain.time_range import TimeRange
from include.planning.windows.coverage import Covered
from include.planning.windows.gap_filling import buy_with_gaps
from include.planning.windows.plan import Plan, Wanted, due_parts
from include.planning.windows.windows import Packing, PlannedWindow
from include.settings.prices import Prices
from tests.planning.grid import FRESHNESS, MIDNIGHT

HOUR = timedelta(hours=1)
SERIES = tuple(Series("BTC", source, Interval.H1) for source in SOURCES)
PACKING = Packing(1000, 20, Prices())
NOW = MIDNIGHT + 72 * HOUR
WANTED = Wanted(SERIES, MIDNIGHT, NOW)


def covered(*gaps: int) -> dict[Series, list[Covered]]:
    """Everything held for good but the hours named."""
    entries = [
        Covered(TimeRange(MIDNIGHT + hour * HOUR, MIDNIGHT + (hour + 1) * HOUR), NOW, "rows")
        for hour in range(70)
        if hour not in gaps
    ]
    return dict.fromkeys(SERIES, entries)


def healed(coverage: dict[Series, list[Covered]], allowance: int) -> Plan:
    due = due_parts(WANTED, coverage, now=NOW, freshness=FRESHNESS)
    return buy_with_gaps(due, {}, PACKING, heal_before=NOW - HOUR, allowance_credits=allowance, freshness=FRESHNESS)


def hours(plan: Plan) -> list[int]:
    return [(window.start - MIDNIGHT) // HOUR for window in plan.windows]


def test_fresh_time_comes_first_then_gaps_newest_first() -> None:
    assert hours(healed(covered(5, 20, 40), 10_000)) == [70, 40, 20, 5]


def test_the_allowance_bounds_gaps_and_never_fresh_time() -> None:
    plan = healed(covered(5, 20, 40), 2 * (50 + 9))
    assert hours(plan) == [70, 40, 20]
    assert [window.start for window in plan.deferred] == [MIDNIGHT + 5 * HOUR]
    assert hours(healed(covered(5, 20, 40), 0)) == [70]


def test_the_provisional_tail_shares_the_request_of_fresh_time() -> None:
    entries = [Covered(TimeRange(MIDNIGHT, MIDNIGHT + 71 * HOUR), NOW - HOUR, "rows")]
    plan = healed(dict.fromkeys(SERIES, entries), 0)
    assert len(plan.windows) == 1
    assert plan.windows[0].start < NOW - HOUR


@given(st.sets(st.integers(0, 69)), st.integers(0, 2000))
def test_healed_and_deferred_windows_together_ask_once_for_all_that_is_due(gaps: set[int], allowance: int) -> None:
    plan = healed(covered(*gaps), allowance)
    asked = Counter(_hours_of((*plan.windows, *plan.deferred)))
    assert all(asked[hour] == 1 for hour in gaps | {70, 71})
    assert max(asked.values()) == 1
    old = [window for window in plan.windows if window.end <= NOW - 3 * HOUR]
    assert sum(window.worst_case_credits for window in old) <= allowance


def _hours_of(windows: Iterable[PlannedWindow]) -> Iterator[int]:
    for window in windows:
        assert window.stream == Stream("BTC", Interval.H1)
        yield from range((window.start - MIDNIGHT) // HOUR, (window.end - MIDNIGHT) // HOUR)
