"""Rule 5: the same answers give the same warehouse, whatever their batches, order and repetitions."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.warehouse import Warehouse
from tests.examples import examples
from tests.warehouse.batches import NOON, Row, at, current, history, publish, reset_rows, shown

answers = st.builds(
    Row,
    timestamp=st.just(NOON),
    interval=st.just("1h"),
    symbol=st.sampled_from(["BTC", "ETH"]),
    source=st.sampled_from(["kalshi", "hyperliquid"]),
    open_interest=st.sampled_from([0.0, 1.0, 2.0]),
    open_interest_usd=st.sampled_from([None, 0.0, 1.0]),
    known_at=st.integers(0, 6).map(at),
)
"""Few keys, values and moments, so that repeats and restatements are common."""


@st.composite
def loadings(draw: st.DrawFn) -> tuple[list[Row], list[list[Row]]]:
    """Some answers, and batches that bring each at least once, in some order."""
    rows = draw(st.lists(answers, min_size=1, max_size=12, unique_by=lambda row: (row.key, row.known_at)))
    shuffled = draw(st.permutations(rows))
    cuts = sorted(draw(st.sets(st.integers(1, len(rows)), max_size=3)))
    edges = [0, *cuts, len(rows)]
    batches = [shuffled[low:high] for low, high in pairwise(edges) if low < high]
    repeated = draw(st.lists(st.sampled_from(batches), max_size=2))
    return rows, [*batches, *repeated]


def test_batches_in_any_order_give_the_same_current_rows_and_history(warehouse: Warehouse):
    @given(loadings())
    @settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
    def holds(loading: tuple[list[Row], list[list[Row]]]) -> None:
        rows, batches = loading
        reset_rows(warehouse)
        for number, batch in enumerate(batches):
            publish(warehouse, f"b{number}", batch)
        assert shown(warehouse, "open_interest") == current(rows)
        assert shown(warehouse, "open_interest_history") == history(rows)

    holds()
