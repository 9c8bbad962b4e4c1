"""Snapshots that the vendor never took: outages of a source, bad days of a symbol, single misses."""

from __future__ import annotations

from include.simulator.example import EXAMPLE_SOURCE, EXAMPLE_SYMBOL, on_example_day
from include.simulator.noise import Bools, Ints, key_of, uniform, within_run

_HOUR_STEPS = 12
_DAY_STEPS = 288


class Gaps:
    """Which snapshots of one (source, symbol) are missing; the same in every interval.

    Rates are those of public archives: one outage of hours in half a year (18 h was seen), 0.2 % of symbol-days with
    a gap, 0.05 % of single rows.
    """

    def __init__(self, seed: int, source: str, symbol: str) -> None:
        self._outage = key_of(seed, "outage", source)
        self._bad_day = key_of(seed, "bad day", source, symbol)
        self._single = key_of(seed, "single", source, symbol)
        self._spared = (source, symbol) == (EXAMPLE_SOURCE, EXAMPLE_SYMBOL)

    def missing(self, index: Ints) -> Bools:
        """True where there is no snapshot."""
        gone = within_run(self._outage, index, 120 * _DAY_STEPS, 0.65, _HOUR_STEPS, 18 * _HOUR_STEPS)
        gone |= within_run(self._bad_day, index, _DAY_STEPS, 0.002, 8, 188)
        gone |= uniform(self._single, index) < 0.0005
        return gone & ~on_example_day(index) if self._spared else gone
