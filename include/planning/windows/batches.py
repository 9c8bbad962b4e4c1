"""A run's windows cut into the batches that tasks read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby

BATCH_REQUESTS = 20
"""Requests of a batch: fewer are not worth the start of a task."""
MOST_BATCHES = 40
"""Few enough to read in a grid, and far below the 1,024 tasks that Airflow maps (`core.max_map_length`)."""


def affordable_count(prices_credits: Iterable[int], cap_remaining_credits: int | None) -> int:
    """How many windows, in reading order, start before the cap is used up (None: no cap)."""
    prices = list(prices_credits)
    if cap_remaining_credits is None:
        return len(prices)
    return sum(ahead < cap_remaining_credits for ahead in accumulate(prices[:-1], initial=0)) if prices else 0


def slices(requests: Sequence[int]) -> list[slice]:
    """Groups neighbouring windows into about equal batches; `requests` has the requests of each, in reading order."""
    total = sum(requests)
    count = min(MOST_BATCHES, -(-total // BATCH_REQUESTS))
    before = [0, *accumulate(requests)][:-1]
    shares = groupby(range(len(requests)), key=lambda place: before[place] * count // total)
    places = (list(group) for _, group in shares)
    return [slice(group[0], group[-1] + 1) for group in places]
