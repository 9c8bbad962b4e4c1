from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from include.kwery.models import MAX_LIMIT
from include.planning.credits.worst_case import ObservedCharge, WorstCase
from include.settings.prices import Prices

PRICES = Prices()
LIMITS = st.integers(1, MAX_LIMIT)
OBSERVED = st.builds(ObservedCharge, LIMITS, st.none() | st.integers(0, 5000), st.integers(0, 40_000))


def after(*observed: ObservedCharge) -> WorstCase:
    """The worst case after these answers, in order."""
    case = WorstCase(PRICES)
    for one in observed:
        case = case.learn(one) or case
    return case


def by_price(base: int, per_row: int, limit: int, rows: int) -> ObservedCharge:
    return ObservedCharge(limit, rows, base + per_row * rows)


def test_answers_by_the_price_table_teach_nothing() -> None:
    assert after(by_price(50, 3, 1000, 1000), by_price(50, 3, 10, 0)) == WorstCase(PRICES)
    assert WorstCase(PRICES).credits(1000) == 3050


def test_three_times_the_rows_are_expected_at_every_limit() -> None:
    case = after(by_price(50, 3, 1000, 3000))
    assert (case.rows(1000), case.credits(1000)) == (3000, 9050)
    assert case.credits(100) == 950
    assert case.affordable_limit(7000) == 772
    assert case.credits(772) <= 7000 < case.credits(773)


def test_a_chain_costs_its_pages_and_an_empty_answer_after_a_full_one() -> None:
    assert WorstCase(PRICES).chain_credits(2000, 1000) == 2 * 3050 + 50
    assert WorstCase(PRICES).chain_credits(1024, 1000) == 3050 + 122
    dearer = after(by_price(50, 4, 1000, 24))
    assert dearer.chain_credits(1024, 1000) == 4050 + 146


def test_one_row_too_many_costs_one_row() -> None:
    assert after(by_price(50, 3, 1000, 1001)).credits(1000) == 3053


def test_a_higher_base_is_known_from_two_answers() -> None:
    case = after(by_price(60, 3, 1000, 24))
    assert case.credits(1000) >= 3060
    assert after(by_price(60, 3, 1000, 24), by_price(60, 3, 1000, 1000)).credits(1000) == 3060


def test_a_dearer_row_is_known_from_one_answer() -> None:
    assert after(by_price(50, 4, 1000, 24)).credits(1000) == 4050


def test_one_strange_charge_is_forgotten_at_the_next_larger_answer() -> None:
    strange = ObservedCharge(1000, 12, 500)
    assert after(strange).credits(1000) > 30_000
    assert after(strange, by_price(50, 3, 1000, 500)).credits(1000) == 3050
    assert after(strange, by_price(50, 3, 1000, 500)).credits(100) == 500


@given(st.lists(OBSERVED, max_size=6))
def test_no_answer_exceeds_the_worst_case_twice(observed: list[ObservedCharge]) -> None:
    case = WorstCase(PRICES)
    for one in observed:
        exceeded = case.is_exceeded_by(one)
        learned = case.learn(one)
        assert learned is not None or not exceeded
        case = learned or case
        assert not case.is_exceeded_by(one)


@given(st.lists(OBSERVED, max_size=4), LIMITS, LIMITS)
def test_a_larger_limit_is_never_cheaper(observed: list[ObservedCharge], one: int, other: int) -> None:
    case = after(*observed)
    assert case.credits(min(one, other)) <= case.credits(max(one, other))
    limit = case.affordable_limit(case.credits(one))
    assert limit >= one
    assert case.credits(limit) <= case.credits(one)
