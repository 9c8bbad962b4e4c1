from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from include.domain.clock import EPOCH
from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange
from include.planning.derived_intervals import ComparedDay, derived, derived_at, sample, unsettled, with_snapshots
from include.planning.windows.coverage import Covered
from include.planning.windows.plan import Wanted, make_plan
from tests.planning.grid import FRESHNESS, MIDNIGHT, at, packing, span

DAY = timedelta(days=1)
BTC_5M, BTC_1H = (Series("BTC", "kalshi", interval) for interval in (Interval.M5, Interval.H1))


def compared(day: int, sampled: int = 10, differing: int = 0) -> ComparedDay:
    difference = "at ... it is 2, the 5m snapshot 1" if differing else None
    return ComparedDay(MIDNIGHT.date() + day * DAY, sampled, sampled - differing, difference)


def test_enough_equal_buckets_prove_all_that_was_before_and_some_days_more() -> None:
    found = derived([compared(0), compared(1)], proof_buckets=20, proof_days=2)
    assert found.stretches == (TimeRange(EPOCH, MIDNIGHT + 4 * DAY),)


def test_too_few_buckets_prove_nothing() -> None:
    assert derived([compared(0), compared(1, sampled=9)], proof_buckets=20, proof_days=2).stretches == ()
    assert derived([], proof_buckets=1, proof_days=2).stretches == ()


def test_a_difference_ends_it_from_the_day_of_the_last_proof_on() -> None:
    found = derived([compared(0, 20), compared(1), compared(2, differing=1)], 20, 2)
    assert found.stretches == (TimeRange(EPOCH, MIDNIGHT + DAY),)
    assert found.ended_by == compared(2, differing=1)


def test_a_new_proof_begins_after_the_day_that_differed() -> None:
    found = derived([compared(0, 20), compared(1, differing=1), compared(2), compared(3)], 20, 2)
    assert found.stretches == (TimeRange(EPOCH, MIDNIGHT), TimeRange(MIDNIGHT + 2 * DAY, MIDNIGHT + 6 * DAY))
    assert found.ended_by is None


def test_a_difference_before_any_proof_ends_nothing() -> None:
    found = derived([compared(0), compared(1, differing=3), compared(2)], 20, 2)
    assert (found.stretches, found.ended_by) == ((), None)


DAYS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 12), st.booleans()), max_size=12, unique_by=lambda one: one[0]
).map(lambda days: [compared(day, sampled, differing) for day, sampled, differing in days])


@given(DAYS, st.integers(1, 30), st.integers(1, 4))
def test_a_difference_or_an_old_proof_ends_deriving(
    days: list[ComparedDay], proof_buckets: int, proof_days: int
) -> None:
    stretches = derived(days, proof_buckets, proof_days).stretches
    assert all(before.end <= after.start for before, after in pairwise(stretches))
    for one in days:
        if one.differs:
            assert not any(part.start <= one.start < part.end for part in stretches)
    equal = [one.start for one in days if not one.differs]
    assert all(part.end <= max(equal) + (1 + proof_days) * DAY for part in stretches)
    if sum(one.sampled for one in days if not one.differs) < proof_buckets:
        assert stretches == ()


@given(DAYS, DAYS)
def test_the_order_in_which_days_were_compared_makes_no_difference(
    days: list[ComparedDay], others: list[ComparedDay]
) -> None:
    known = {one.day: one for one in [*days, *others]}
    assert derived(known.values(), 10, 2) == derived(reversed(known.values()), 10, 2)


def test_only_coarse_series_beside_their_5m_can_be_derived() -> None:
    alone = replace(BTC_1H, symbol="ETH")
    assert with_snapshots([BTC_5M, BTC_1H, alone]) == [BTC_1H]


def test_a_stretch_holds_from_its_start_until_its_end() -> None:
    found = {BTC_1H: [TimeRange(MIDNIGHT, MIDNIGHT + DAY)]}
    assert derived_at(found, MIDNIGHT) == {BTC_1H}
    assert derived_at(found, MIDNIGHT + DAY) == set()


def test_a_sample_is_of_the_last_final_buckets_a_day_at_most() -> None:
    assert sample(Interval.H1, MIDNIGHT, FRESHNESS, 6) == span(-7, -1, Interval.H1)
    assert sample(Interval.D1, MIDNIGHT, FRESHNESS, 6) == span(-2, -1, Interval.D1)


def test_rows_bought_while_provisional_are_read_again() -> None:
    bought = Covered(span(0, 5, Interval.H1), at(5, Interval.H1), "rows")
    assert unsettled([bought], Interval.H1, FRESHNESS) == [span(4, 5, Interval.H1)]
    final = replace(bought, observed_at=at(6, Interval.H1))
    assert unsettled([final], Interval.H1, FRESHNESS) == []


def test_what_is_derived_is_not_asked() -> None:
    unbought = {BTC_1H: [span(0, 20, Interval.H1)]}
    wanted = Wanted((BTC_5M, BTC_1H), MIDNIGHT, MIDNIGHT + DAY, unbought=unbought)
    plan = make_plan(wanted, {}, {}, now=MIDNIGHT + 3 * DAY, freshness=FRESHNESS, packing=packing())
    assert [window.stretch for window in plan.windows if window.holds(BTC_1H)] == [span(20, 24, Interval.H1)]
    assert [window.stretch for window in plan.windows if window.holds(BTC_5M)] == [span(0, 288)]
