from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.planning.credits.price import Price, price_of
from include.settings.prices import Prices


@pytest.mark.parametrize(
    ("rows", "limit", "requests", "credits"),
    [(0, 1000, 1, 50), (1, 1000, 1, 53), (1000, 1000, 1, 3050), (1001, 1000, 2, 3103), (250, 100, 3, 900)],
)
def test_a_chain_costs_its_requests_and_its_rows(rows: int, limit: int, requests: int, credits: int) -> None:
    assert price_of(rows, limit, Prices()) == Price(requests, rows, credits)


@given(st.integers(0, 5000), st.integers(1, 1000))
def test_a_chain_costs_what_its_pages_cost(rows: int, limit: int) -> None:
    prices = Prices(base_credits=10, per_row_credits=2)
    pages = [min(limit, rows - first) for first in range(0, rows, limit)] or [0]
    assert price_of(rows, limit, prices).credits == sum(prices.credits(page) for page in pages)


def test_prices_add_up() -> None:
    assert sum([Price(1, 2, 56), Price(1, 0, 50)], Price()) == Price(2, 2, 106)
