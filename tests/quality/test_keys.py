"""The vectorised comparison of equal keys against its plain statement."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from include.quality.keys import is_repeat, sort_order, values_at_key
from include.quality.parsed_batch import assemble, decode_pages
from include.quality.series import attribute
from tests.quality.pages import HOUR, MIDNIGHT, page, row

cells = st.tuples(st.integers(0, 3), st.sampled_from([5, 6]), st.sampled_from([None, 0, 7]))


@given(st.lists(st.tuples(st.integers(0, 2), st.lists(cells, min_size=1, max_size=8)), min_size=1, max_size=5))
def test_values_and_repeats_of_a_key_are_counted_as_stated(
    windows: list[tuple[int, list[tuple[int, int, Any]]]],
) -> None:
    pages = [
        page(
            *(row(hour, open_interest=oi, open_interest_usd=usd) for hour, oi, usd in rows),
            window_id=f"w{window}",
            page_path=f"p{i}",
            received_at=MIDNIGHT + (25 + i) * HOUR,
        )
        for i, (window, rows) in enumerate(windows)
    ]
    received = [(f"w{window}", *cell) for window, rows in windows for cell in rows]
    page_of = [i for i, (_, rows) in enumerate(windows) for _ in rows]
    batch = assemble(decode_pages(pages), {})
    attribution = attribute(batch)
    order = sort_order(batch.timestamp, attribution.series_of)

    by_key = sorted(range(len(received)), key=lambda i: received[i][1])
    assert order.tolist() == by_key
    values: dict[Any, set[Any]] = defaultdict(set)
    for window, hour, oi, usd in received:
        values[window, hour].add((oi, usd))
    assert values_at_key(order, batch, attribution).tolist() == [len(values[received[i][:2]]) for i in by_key]
    repeats = [
        a is not None and page_of[a] == page_of[b] and received[a][1:] == received[b][1:]
        for a, b in zip([None, *by_key], by_key, strict=False)
    ]
    assert is_repeat(order, batch, attribution).tolist() == repeats
    assert not np.isin(-1, order)
