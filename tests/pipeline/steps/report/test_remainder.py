from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from include.domain.market import Interval, Series, Stream
from include.domain.time_range import TimeRange
from include.pipeline.scope.scope import Scope
from include.pipeline.steps.report.remainder import RunRemainder, _answered_for, _reached, how_to_finish
from include.planning.windows.order import Order
from include.planning.windows.plan import Due, Plan
from include.planning.windows.windows import PlannedWindow
from include.settings import Settings
from tests.pipeline.conftest import DAY, NEXT_DAY, scope

HOUR = timedelta(hours=1)
BTC = Series("BTC", "kalshi", Interval.H1)


@pytest.fixture
def wanted(settings: Settings) -> Scope:
    return scope(settings, Interval.H1)


def due(first: int, last: int) -> Due:
    """Hours of the day that are due."""
    return Due({BTC: [TimeRange(DAY + first * HOUR, DAY + last * HOUR)]}, {})


def planned(first: int, last: int) -> Plan:
    rows = last - first
    stream, start, end = Stream("BTC", Interval.H1, "kalshi"), DAY + first * HOUR, DAY + last * HOUR
    return Plan((PlannedWindow(stream, start, end, rows, 1, 50 + 3 * rows, 50 + 3 * rows),), {})


@pytest.mark.parametrize(
    ("first", "last", "oldest_first", "newest_first"),
    [(12, 24, 12, None), (0, 12, None, 12), (0, 24, None, None), (6, 12, 6, 12)],
)
def test_reading_came_as_far_as_nothing_is_due(
    wanted: Scope, first: int, last: int, oldest_first: int | None, newest_first: int | None
) -> None:
    for order, hour in ((Order.OLDEST_FIRST, oldest_first), (Order.NEWEST_FIRST, newest_first)):
        found = _reached(replace(wanted, order=order), due(first, last))
        assert found == (None if hour is None else DAY + hour * HOUR)


def test_time_beyond_the_plans_history_is_not_reached(wanted: Scope) -> None:
    beyond = Due({}, due(0, 12).parts)
    assert _reached(replace(wanted, order=Order.NEWEST_FIRST), beyond) == DAY + 12 * HOUR
    assert _reached(wanted, Due({}, {})) == NEXT_DAY


def test_a_rest_names_its_price_and_how_to_continue(wanted: Scope) -> None:
    remainder = RunRemainder(due(12, 24), planned(12, 24), DAY + 12 * HOUR)
    came = "reached 2026-03-07T12:00:00Z, all before it is loaded; left: 1 window, 1 request, about 86 credits: "
    assert how_to_finish(wanted, remainder) == f"{came}a run over the same range continues from there"
    reread = replace(wanted, reread_for="run")
    assert how_to_finish(reread, remainder).startswith(f"{came}give this instant as `from`")


def test_gaps_beside_fresh_time_are_left_to_later_runs(wanted: Scope) -> None:
    """A run answers for them where they are all that it wants."""
    old = due(0, 12)
    assert not any(_answered_for(old, replace(wanted, heal_before=DAY + 20 * HOUR)).parts.values())
    assert _answered_for(due(18, 24), replace(wanted, heal_before=DAY + 20 * HOUR)) == due(18, 24)
    assert _answered_for(old, replace(wanted, heal_before=NEXT_DAY)) == old
