"""Generated open interest: a pure function of seed, source, symbol and time, computed for any instants at once.

Log open interest is a level that wanders over weeks, a Brownian bridge below it whose fine part follows a volatility
of its own (clusters, hours of the day, weekends), fading jumps, and about one market-wide liquidation a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from include.simulator.example import (
    EXAMPLE_SOURCE,
    EXAMPLE_SYMBOL,
    STEP_SECONDS,
    Curve,
    bent,
    example_open_interest,
    example_price,
)
from include.simulator.noise import Floats, Ints, bridge, gaussian, held, jumps, key_of, smooth, uniform
from include.simulator.parameters import HOUR_OF_DAY, PRICES, WEEKEND, Market, Price, Shape

HOUR_STEPS = 3600 // STEP_SECONDS
DAY_STEPS = 24 * HOUR_STEPS
_LOUD_LEVELS = 6
"""Volatility varies on scales up to 2 ** 6 steps, about five hours."""
_LEVELS = 13
_PRICE_LEVEL_SD_PER_SIGMA = 60.0
"""Assumed: a price level strays over months by what 60**2 hours of its volatility would give."""
_BASIS_SD = 0.0004
"""Assumed: how far Hyperliquid's mark price strays from Binance's, as a log."""


def _season() -> Floats:
    hours = np.tile(np.array(HOUR_OF_DAY), (7, 1))
    hours[[2, 3]] *= WEEKEND  # the epoch was a Thursday
    return np.asarray(hours / np.sqrt(np.mean(hours**2)), dtype=np.float64)


_SEASON = _season()


class MarkPrice:
    """The log mark price of a symbol on one source, and the part of it that open interest follows."""

    def __init__(self, seed: int, source: str, symbol: str, price: Price) -> None:
        self._key = key_of(seed, "price", symbol)
        self._basis_key = None if source == EXAMPLE_SOURCE else key_of(seed, "basis", source, symbol)
        self._price = price
        self._log: Curve = bent(self._raw, example_price()) if symbol == EXAMPLE_SYMBOL else self._raw

    def walk(self, index: Ints) -> Floats:
        """The price's own Brownian part, unit variance a step."""
        return bridge(self._key, index, _LEVELS, None, 0)

    def log(self, index: Ints) -> Floats:
        """The natural logarithm of the mark price, USD."""
        logs = self._log(index)
        return logs if self._basis_key is None else logs + _BASIS_SD * smooth(self._basis_key, index, HOUR_STEPS)

    def _raw(self, index: Ints) -> Floats:
        sigma = self._price.sigma
        level = sigma * _PRICE_LEVEL_SD_PER_SIGMA * smooth(self._key + 100, index, 1 << _LEVELS)
        logs = level + sigma / HOUR_STEPS**0.5 * self.walk(index) + log(self._price.level_usd)
        return np.asarray(logs)


class OpenInterest:
    """The open interest of one (source, symbol) at any snapshot."""

    def __init__(self, seed: int, source: str, symbol: str, shape: Shape, market: Market | None = None) -> None:
        self._key = key_of(seed, "open interest", source, symbol)
        self._cascade_key = key_of(seed, "cascade")
        self._shape = shape
        self._market = market
        self._price = None if market else MarkPrice(seed, source, symbol, PRICES[symbol])
        pinned = (source, symbol) == (EXAMPLE_SOURCE, EXAMPLE_SYMBOL)
        self._log: Curve = bent(self._raw, example_open_interest()) if pinned else self._raw

    def units(self, index: Ints) -> Floats:
        """Open interest before rounding, base asset or contracts."""
        if self._market is None:
            return np.exp(self._log(index))
        changed = held(self._key + 200, index, self._market.slot_steps, self._market.change_probability)
        return np.exp(self._log(changed)) * self._growth(changed)

    def rounded(self, units: Floats) -> Floats:
        """Open interest as it is served: cents of a base asset, whole or hundredths of contracts."""
        return np.round(units, self._market.decimals if self._market else 2)

    def usd(self, index: Ints, open_interest: Floats) -> Floats:
        """What `open_interest` is worth: at the mark price of the snapshot, or one dollar a contract."""
        if self._price is None:
            return open_interest
        return np.round(open_interest * np.exp(self._price.log(index)), 2)

    def _raw(self, index: Ints) -> Floats:
        shape = self._shape
        levels = shape.reversion_levels
        level = shape.level_sd * smooth(self._key + 100, index, 1 << levels)
        own = bridge(self._key, index, levels, self._loudness, _LOUD_LEVELS)
        walk = shape.sigma / HOUR_STEPS**0.5 * (own + self._follows_price(index))
        return np.asarray(level + walk + self._jumps(index) + self._cascade(index) + log(shape.level))

    def _follows_price(self, index: Ints) -> Floats | float:
        if self._price is None:
            return 0.0
        return self._shape.price_correlation * self._price.walk(index)

    def _loudness(self, index: Ints) -> Floats:
        sd = self._shape.volatility_sd
        spacing = max(1, int(2 * self._shape.volatility_half_life_hours * HOUR_STEPS))
        clusters = np.exp(sd * smooth(self._key + 300, index, spacing) - sd * sd)
        return np.asarray(clusters * _SEASON[index // DAY_STEPS % 7, index // HOUR_STEPS % 24], dtype=np.float64)

    def _jumps(self, index: Ints) -> Floats:
        s = self._shape
        return jumps(self._key + 400, index, s.jumps_per_day / DAY_STEPS, s.jump_least, s.jump_mean, s.jump_negative)

    def _cascade(self, index: Ints) -> Floats:
        """Down within three hours, recovered after sixty days; the same instants for every symbol."""
        total = np.zeros(index.shape)
        for back in (0, 1) if self._shape.cascade else ():
            year = index // (365 * DAY_STEPS) - back
            start = year * 365 * DAY_STEPS + (uniform(self._cascade_key, year) * 365 * DAY_STEPS).astype(np.int64)
            age = (index - start).astype(np.float64)
            fall = np.clip(age / (3 * HOUR_STEPS), 0.0, 1.0)
            total += self._shape.cascade * fall * np.clip(1.0 - age / (60 * DAY_STEPS), 0.0, 1.0) ** 2
        return total

    def _growth(self, index: Ints) -> Floats | float:
        if self._market is None or self._market.life is None:
            return 1.0
        listed, settled = (instant.timestamp() / STEP_SECONDS for instant in self._market.life)
        share = np.clip((index - listed) / (settled - listed), 0.0, 1.0)
        return np.where(share < 0.08, 0.0, share**3)


@dataclass(frozen=True, slots=True)
class Provisional:
    """How the bucket in progress differs from its final value: a log change that depends on the read's coarse age."""

    key: int
    sd: float

    def factor(self, index: Ints, phase: int) -> Floats:
        """What the final open interest is multiplied by in quarter `phase` (0 to 3) of the bucket's interval."""
        return np.exp(self.sd * gaussian(self.key, index * 4 + phase))
