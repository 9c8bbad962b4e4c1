"""Rule 5: the same answers give the same warehouse, whatever their batches, order and repetitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from greenlet import getcurrent, greenlet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.warehouse import Warehouse
from include.warehouse.errors import WarehouseError
from include.warehouse.session import Session
from tests.examples import examples
from tests.warehouse.batches import NOON, Row, at, current, history, publish, reset_rows, shown


def answers(symbols: Sequence[str]) -> st.SearchStrategy[Row]:
    """Few keys, values and moments, so that repeats and restatements are common."""
    return st.builds(
        Row,
        timestamp=st.just(NOON),
        interval=st.just("1h"),
        symbol=st.sampled_from(symbols),
        source=st.sampled_from(["kalshi", "hyperliquid"]),
        open_interest=st.sampled_from([0.0, 1.0, 2.0]),
        open_interest_usd=st.sampled_from([None, 0.0, 1.0]),
        known_at=st.integers(0, 6).map(at),
    )


@pytest.fixture
def warehouse(emptied_warehouse: Warehouse) -> Warehouse:
    return emptied_warehouse


@st.composite
def loadings(draw: st.DrawFn, *pairs: Sequence[str], ties: bool = False) -> tuple[list[Row], list[list[Row]]]:
    """Some answers of each pair of symbols, and batches that bring each at least once, in some order.

    With `ties` a key may have several values at one moment, though not in one batch.
    """
    distinct = (lambda row: row) if ties else (lambda row: (row.key, row.known_at))
    some = [st.lists(answers(symbols), min_size=1, max_size=12, unique_by=distinct) for symbols in pairs]
    rows = [row for those in some for row in draw(those)]
    shuffled = draw(st.permutations(rows))
    cuts = sorted(draw(st.sets(st.integers(1, len(rows)), max_size=3)))
    edges = [0, *cuts, len(rows)]
    batches = [part for low, high in pairwise(edges) if low < high for part in _without_ties(shuffled[low:high])]
    repeated = draw(st.lists(st.sampled_from(batches), max_size=2))
    return rows, [*batches, *repeated]


def _without_ties(batch: list[Row]) -> list[list[Row]]:
    """The batch as it is, or in two where a key comes twice at one moment in it."""
    parts: list[dict[tuple[object, ...], Row]] = []
    for row in batch:
        moment = (row.key, row.known_at)
        part = next((one for one in parts if moment not in one), None)
        if part is None:
            parts.append(part := {})
        part[moment] = row
    return [list(part.values()) for part in parts]


def publish_by_turns(warehouse: Warehouse, batches: dict[str, list[Row]], turns: list[str]) -> None:
    """Publishes two batches at once: by turns each takes its next step, as two workers on a server might.

    One of them may be refused where both bring the same row, and is published again then, as its error says.
    """
    refused: list[str] = []

    def work(batch_id: str) -> None:
        try:
            publish(warehouse, batch_id, batches[batch_id])
        except WarehouseError:
            refused.append(batch_id)

    with pytest.MonkeyPatch.context() as patch:
        for step in ("insert", "command", "rows"):
            patch.setattr(Session, step, paused_before(getattr(Session, step)))
        workers = {batch_id: greenlet(partial(work, batch_id)) for batch_id in batches}
        for batch_id in turns:
            if not workers[batch_id].dead:
                workers[batch_id].switch()
        for worker in workers.values():
            while not worker.dead:
                worker.switch()
    for batch_id in refused:
        publish(warehouse, batch_id, batches[batch_id])


def paused_before(step: Callable[..., Any]) -> Callable[..., Any]:
    def paused(*arguments: Any, **named: Any) -> Any:
        around = getcurrent().parent
        if around is not None:
            around.switch()
        return step(*arguments, **named)

    return paused


def test_batches_in_any_order_give_the_same_rows_and_history(warehouse: Warehouse):
    @given(loadings(("BTC", "ETH")), st.lists(st.sampled_from(["b0", "b1"]), max_size=40))
    @settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
    def holds(loading: tuple[list[Row], list[list[Row]]], turns: list[str]) -> None:
        rows, batches = loading
        reset_rows(warehouse)
        named = {f"b{number}": batch for number, batch in enumerate(batches)}
        at_once = {name: named[name] for name in ("b0", "b1")} if len(named) > 1 else {}
        if at_once:
            publish_by_turns(warehouse, at_once, turns)
        for name in [one for one in named if one not in at_once]:
            publish(warehouse, name, named[name])
        assert shown(warehouse, "open_interest") == current(rows)
        assert shown(warehouse, "open_interest_history") == history(rows)

    holds()


def test_two_values_in_one_millisecond_show_the_same_one_everywhere(warehouse: Warehouse):
    """Current rows and the as-of view agree on one of the values with the newest `known_at`.

    Four pairs of symbols share the batches, whose number decides how long a case takes.
    """
    pairs = (("BTC", "ETH"), ("SOL", "XRP"), ("ADA", "TRX"), ("BNB", "LTC"))

    @given(loadings(*pairs, ties=True))
    @settings(max_examples=examples(3), deadline=None, suppress_health_check=list(HealthCheck))
    def holds(loading: tuple[list[Row], list[list[Row]]]) -> None:
        rows, batches = loading
        reset_rows(warehouse)
        for number, batch in enumerate(batches):
            publish(warehouse, f"b{number}", batch)
        now = shown(warehouse, "open_interest")
        assert [(row.key, row.known_at) for row in now] == [(row.key, row.known_at) for row in current(rows)]
        assert set(now) <= set(rows)
        assert shown(warehouse, f"open_interest_as_of(moment = '{at(7):%F %T}')") == now

    holds()
