from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from include.planning.windows.batches import BATCH_REQUESTS, MOST_BATCHES, affordable_count, slices

REQUESTS = st.lists(st.integers(1, 30), max_size=400)


@given(REQUESTS)
def test_every_window_is_in_one_batch_and_the_order_stays(requests: list[int]) -> None:
    places = [place for part in slices(requests) for place in range(len(requests))[part]]

    assert places == list(range(len(requests)))


@given(REQUESTS)
def test_batches_are_few_and_none_is_empty(requests: list[int]) -> None:
    parts = slices(requests)

    assert len(parts) <= min(MOST_BATCHES, -(-sum(requests) // BATCH_REQUESTS))
    assert all(requests[part] for part in parts)


def test_thousands_of_windows_make_a_few_dozen_batches_of_about_equal_size() -> None:
    parts = slices([3] * 8_000)

    assert len(parts) == MOST_BATCHES
    assert {part.stop - part.start for part in parts} == {200}


def test_a_few_requests_are_one_batch() -> None:
    assert slices([1] * 9) == [slice(0, 9)]
    assert slices([]) == []


def test_credits_reach_the_windows_that_begin_before_they_end() -> None:
    prices = [100, 100, 100]

    assert [affordable_count(prices, left) for left in (-1, 0, 1, 100, 101, 250, 300, 1000, None)] == [
        0, 0, 1, 1, 2, 3, 3, 3, 3,
    ]  # fmt: skip
    assert affordable_count([], 100) == affordable_count([], None) == 0
