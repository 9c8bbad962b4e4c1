"""The least that rows can cost, whoever plans the requests: what a plan's price is measured by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from include.kwery.contract import Interval
from include.planning.price import Price, price_of
from include.planning.windows import Packing

Useful = Mapping[tuple[str, Interval], int]
"""Rows that are wanted and not known, by symbol and interval: one per bucket and source that is due."""


@dataclass(frozen=True, slots=True)
class Floor:
    """`credits` is each useful row once, in full pages; `reachable_credits` grants that pages cannot be shared.

    A page holds rows of one symbol and one interval. So each of them ends in a page of its own, full or not, and many
    short ones cost more than the floor however they are asked.
    """

    rows: int
    credits: int
    reachable_credits: int


def floor_price(rows: int, packing: Packing) -> Price:
    """What `rows` useful rows cost in full pages; nothing for none."""
    return price_of(rows, packing.limit, packing.prices) if rows else Price()


def floor_of(useful: Useful, packing: Packing) -> Floor:
    """The floor under any plan that buys these rows."""
    rows = sum(useful.values())
    reachable = sum((floor_price(part, packing) for part in useful.values()), Price())
    return Floor(rows, floor_price(rows, packing).credits, reachable.credits)
