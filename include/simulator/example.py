"""The page's own example, which the generated values reproduce to the cent under every seed.

BTC on Binance Futures, 7 March 2026. The generated curve is bent towards these rows over two weeks on either side, so
that the neighbouring snapshots, the mark price and every interval agree with them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from math import log

import numpy as np

from include.simulator.noise import Bools, Floats, Ints

STEP_SECONDS = 300
"""Snapshots are generated on a grid of 5 minutes, counted from the Unix epoch."""
EXAMPLE_SOURCE, EXAMPLE_SYMBOL = "binance_futures", "BTC"
EXAMPLE_ROWS = (
    (datetime(2026, 3, 7, 0, tzinfo=UTC), 52340.80, 4938475200.00),
    (datetime(2026, 3, 7, 4, tzinfo=UTC), 53100.20, 5015118900.00),
    (datetime(2026, 3, 7, 8, tzinfo=UTC), 51890.45, 4896523050.00),
)
_DAY_STEPS = 86400 // STEP_SECONDS
_BEND_STEPS = 14 * _DAY_STEPS
_STEPS = np.array([int(at.timestamp()) // STEP_SECONDS for at, _, _ in EXAMPLE_ROWS], dtype=np.int64)

Curve = Callable[[Ints], Floats]


def example_open_interest() -> list[float]:
    """The logarithms of the page's open interest."""
    return [log(open_interest) for _, open_interest, _ in EXAMPLE_ROWS]


def example_price() -> list[float]:
    """The logarithms of the mark prices that the page's rows imply."""
    return [log(usd / open_interest) for _, open_interest, usd in EXAMPLE_ROWS]


def bent(curve: Curve, targets: list[float]) -> Curve:
    """The curve plus a correction that meets `targets` at the example's instants and fades over two weeks."""
    nodes = np.concatenate(([_STEPS[0] - _BEND_STEPS], _STEPS, [_STEPS[-1] + _BEND_STEPS])).astype(np.float64)
    corrections = np.concatenate(([0.0], np.array(targets) - curve(_STEPS), [0.0]))
    return lambda index: curve(index) + np.interp(index.astype(np.float64), nodes, corrections)


def on_example_day(index: Ints) -> Bools:
    """True on the example's day, which has no gaps (the page's `returned: 6`)."""
    return np.asarray(index // _DAY_STEPS == _STEPS[0] // _DAY_STEPS)
